//! Where the libraries of ROS 2 are, for programs that are built with it.

pub(crate) fn main() {
    println!("cargo:rerun-if-changed=build.rs");
    println!("cargo:rerun-if-env-changed=SINEW_ROS_RPATH");
    println!("cargo:rerun-if-env-changed=AMENT_PREFIX_PATH");
    if std::env::var_os("CARGO_FEATURE_ROS2").is_none() {
        return;
    }
    let folders = match std::env::var("SINEW_ROS_RPATH") {
        Ok(folders) => folders,
        Err(_) => std::env::var("AMENT_PREFIX_PATH").map_or(String::new(), |prefixes| {
            let folders = prefixes.split(':').map(|prefix| format!("{prefix}/lib"));
            folders.collect::<Vec<_>>().join(":")
        }),
    };
    // The old kind of path, for it also counts for the libraries that those libraries need.
    for folder in folders.split(':').filter(|folder| !folder.is_empty()) {
        println!("cargo:rustc-link-arg=-Wl,--disable-new-dtags,-rpath,{folder}");
    }
}
