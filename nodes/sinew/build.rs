//! Where the libraries of ROS 2 are, for programs that are built with it: what the framework's programs need.

#[path = "../framework/build.rs"]
mod framework;

fn main() {
    framework::main();
}
