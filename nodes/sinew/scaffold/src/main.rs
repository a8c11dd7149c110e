//! The node `my_node` as a program: alone, or composed with a robot's own nodes.

fn main() -> std::process::ExitCode {
    sinew::node::main::<my_node::MyNode>()
}
