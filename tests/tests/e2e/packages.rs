//! `packages`, `repository` and `account` on real systems: apt on two Debian releases, dnf and zypper on a Debian that has
//! them with a repository of small packages, accounts there and on busybox.

mod account;
mod apt;
mod apt_repository;
mod bases;
mod repository;
mod rpm;
mod snapshot;
