//! What is made for other machines: packages and images.

pub(crate) mod boot;
pub(crate) mod deb;
mod folder;
pub(crate) mod image;
pub(crate) mod kubernetes;
pub(crate) mod packages;
pub(crate) mod run_image;
