//! `packages`, `repository` and `account` on real distributions: apt on two Debian releases, dnf and zypper on a Debian with these and a
//! repository of small packages, accounts on all of them and on busybox.

mod account;
mod apt;
mod apt_repository;
mod bases;
mod repository;
mod rpm;
mod siblings;
mod snapshot;
