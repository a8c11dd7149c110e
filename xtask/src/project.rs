//! Where things are.

use std::path::PathBuf;

/// The folder that holds the workspace.
pub(crate) fn root() -> PathBuf {
    // CARGO_MANIFEST_DIR is the folder `xtask/`, as cargo sets it at run time: the checkout that
    // `cargo xtask` was called in, wherever the binary was built.
    let xtask =
        std::env::var_os("CARGO_MANIFEST_DIR").map_or_else(|| PathBuf::from(env!("CARGO_MANIFEST_DIR")), PathBuf::from);
    xtask.parent().map_or(xtask.clone(), PathBuf::from)
}

/// The git-ignored folder for all that is provisioned.
pub(crate) fn provisioned() -> PathBuf {
    root().join(".sinew")
}

/// The `sinew` binary, once [`build_sinew`](crate::process::build_sinew) has built it.
pub(crate) fn sinew() -> PathBuf {
    target().join("release/sinew")
}

/// Cargo's build folder.
pub(crate) fn target() -> PathBuf {
    std::env::var_os("CARGO_TARGET_DIR").map_or_else(|| root().join("target"), PathBuf::from)
}
