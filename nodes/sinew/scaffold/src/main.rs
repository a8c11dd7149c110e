//! The node `my_node` as a program: alone, or with the feature `robot` in one process with a robot's own nodes.

use std::process::ExitCode;

use my_node::MyNode;

#[cfg(feature = "robot")]
fn main() -> ExitCode {
    use sinew_node::node::Node;

    sinew::app().node::<MyNode>().main(MyNode::NAME)
}

#[cfg(not(feature = "robot"))]
fn main() -> ExitCode {
    sinew_node::node::main::<MyNode>()
}
