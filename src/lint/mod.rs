//! `isodoc lint`: the containers of deployment files, judged by the same gates as a live host.

pub mod edit;
