//! The rules of the lint. Each is a file.

pub(super) mod apt_without_update;
pub(super) mod copy_hides_link;
pub(super) mod duplicate_output;
pub(super) mod duplicate_tag;
pub(super) mod missing_path;
pub(super) mod missing_tag;
pub(super) mod no_variant;
pub(super) mod secret_in_config;
pub(super) mod secret_in_url;
pub(super) mod stage_name_typo;
pub(super) mod stale_latest;
pub(super) mod unpinned_download;
pub(super) mod unpinned_key;
pub(super) mod unreachable_case;
pub(super) mod unreachable_step;
pub(super) mod unused_arg;
pub(super) mod unused_axis;
pub(super) mod unused_fragment;
pub(super) mod unused_mixin;
pub(super) mod unused_param;
pub(super) mod unused_rule;
pub(super) mod unused_stage;
pub(super) mod unused_tag;
pub(super) mod unused_value;
pub(super) mod unused_var;
