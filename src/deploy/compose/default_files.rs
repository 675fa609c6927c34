//! The files that `docker compose` reads where it is told none.

use std::collections::{HashMap, HashSet};

/// The files, those together that `docker compose` puts together where it is told no file: the
/// default one, and the override beside it.
pub(crate) fn projects(paths: Vec<String>) -> Vec<Vec<String>> {
    let upper =
        |path: &String| Some((default(path)?.strip_suffix(OVERRIDE)?.to_owned(), path.clone()));
    let mut overrides: HashMap<String, String> = paths.iter().filter_map(upper).collect();
    let mut projects: Vec<Vec<String>> = vec![];
    for path in paths {
        let over = default(&path).and_then(|stem| overrides.remove(stem));
        projects.push(std::iter::once(path).chain(over).collect());
    }
    // In the order of their names an override comes first.
    let taken: HashSet<String> =
        projects.iter().filter_map(|project| project.get(1).cloned()).collect();
    projects
        .retain(|project| project.len() > 1 || !project.iter().any(|path| taken.contains(path)));
    projects
}

const OVERRIDE: &str = ".override";

/// The path of a file that `docker compose` looks for by itself, without its ending.
fn default(path: &str) -> Option<&str> {
    let stem = path.strip_suffix(".yml").or_else(|| path.strip_suffix(".yaml"))?;
    let name = stem.rsplit('/').next().unwrap_or(stem);
    let name = name.strip_suffix(OVERRIDE).unwrap_or(name);
    matches!(name, "compose" | "docker-compose").then_some(stem)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_override_of_a_default_file_goes_with_it() {
        let paths = [
            "a/compose.override.yml",
            "a/compose.yaml",
            "b/docker-compose.override.yaml",
            "compose.prod.yml",
            "docker-compose.override.yml",
            "docker-compose.yml",
        ];
        let projects = projects(paths.map(str::to_owned).to_vec());
        assert_eq!(
            projects,
            [
                vec!["a/compose.yaml", "a/compose.override.yml"],
                vec!["b/docker-compose.override.yaml"],
                vec!["compose.prod.yml"],
                vec!["docker-compose.yml", "docker-compose.override.yml"],
            ]
        );
    }
}
