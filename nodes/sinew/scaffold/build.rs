//! With the feature `ros2`, tells the program where ROS 2's libraries are when they are not those of an
//! installation that is sourced.

fn main() {
    println!("cargo::rerun-if-changed=build.rs");
    println!("cargo::rerun-if-env-changed=SINEW_ROS_RPATH");
    let folders = std::env::var("SINEW_ROS_RPATH").unwrap_or_default();
    if std::env::var_os("CARGO_FEATURE_ROS2").is_some() && !folders.is_empty() {
        println!("cargo::rustc-link-arg=-Wl,--disable-new-dtags,-rpath,{folders}");
    }
}
