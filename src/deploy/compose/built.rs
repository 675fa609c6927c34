//! The images that the services of a project make, for those that run them or build upon them.

use std::collections::HashMap;
use std::rc::Rc;

use super::project::Service;
use crate::deploy::dockerfile::MadeImage;
use crate::deploy::place::FileId;
use crate::parse::image_name::ImageName;

/// A build: its Dockerfile, its target and its arguments.
pub(super) type BuildOf = (FileId, Option<String>, Vec<(String, Option<String>)>);

/// What is made, as far as it is known so far.
#[derive(Default)]
pub(super) struct BuiltImages {
    /// The services.
    pub services: Rc<[Service]>,
    /// Which of them makes an image of this name.
    pub by_name: HashMap<String, usize>,
    /// What a service makes; nothing while that is being found out.
    pub by_service: HashMap<usize, Option<Rc<MadeImage>>>,
    /// What a Dockerfile makes: a thousand services may have one.
    pub by_build: HashMap<BuildOf, Option<Rc<MadeImage>>>,
}

/// The name of an image in full.
pub(super) fn full(name: &str) -> String {
    let name = name.strip_prefix("docker.io/").unwrap_or(name);
    let name = name.strip_prefix("library/").unwrap_or(name);
    let parts = ImageName::of(name);
    match parts.tag.is_empty() && !parts.is_pinned {
        true => format!("{name}:latest"),
        false => name.to_owned(),
    }
}
