//! The answer of the Docker Engine to `GET /info` (Docker Engine API, "SystemInfo").

use serde::{Deserialize, Serialize};

use super::ParseError;

/// What of the answer bears on user namespaces; the names are those of the API.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct DockerInfo {
    /// Such as `name=seccomp,profile=default` and `name=userns`. A daemon without any sends null.
    #[serde(deserialize_with = "null_is_empty")]
    pub security_options: Vec<String>,
    /// The data root; with remapping it ends in `/UID.GID`.
    pub docker_root_dir: String,
    /// The version of the daemon.
    pub server_version: String,
    /// The storage driver.
    #[serde(default)]
    pub driver: Option<String>,
    /// Facts about the storage driver, in pairs.
    #[serde(default)]
    pub driver_status: Option<Vec<Vec<String>>>,
}

fn null_is_empty<'de, D: serde::Deserializer<'de>>(
    deserializer: D,
) -> Result<Vec<String>, D::Error> {
    Ok(Option::deserialize(deserializer)?.unwrap_or_default())
}

impl DockerInfo {
    /// Whether a security option is on.
    #[must_use]
    pub(crate) fn has(&self, name: &str) -> bool {
        self.security_options
            .iter()
            .any(|option| option.split(',').any(|field| field.strip_prefix("name=") == Some(name)))
    }

    /// The ids that root is mapped to, from the name of the data root.
    #[must_use]
    pub(crate) fn mapping(&self) -> Option<(u32, u32)> {
        mapping(self.docker_root_dir.rsplit('/').next()?)
    }

    /// Whether images are kept by containerd (moby daemon/info.go, `driver-type`).
    #[must_use]
    pub(crate) fn containerd_store(&self) -> bool {
        let pairs = self.driver_status.iter().flatten();
        pairs
            .into_iter()
            .any(|pair| pair.iter().any(|word| word.starts_with("io.containerd.snapshotter")))
    }
}

/// `UID.GID`, the name of the directory that a remapped daemon keeps its data in.
#[must_use]
pub(crate) fn mapping(name: &str) -> Option<(u32, u32)> {
    let (uid, gid) = name.split_once('.')?;
    let number =
        |text: &str| text.bytes().all(|b| b.is_ascii_digit()).then(|| text.parse().ok()).flatten();
    Some((number(uid)?, number(gid)?))
}

/// Reads the JSON of the answer.
///
/// # Errors
/// When fields are missing or of another type, or when the answer contradicts itself: then it
/// decides nothing.
pub(crate) fn parse(text: &str) -> Result<DockerInfo, ParseError> {
    let info: DockerInfo =
        serde_json::from_str(text).map_err(|e| ParseError::by("no SystemInfo", e))?;
    if info.docker_root_dir.is_empty() || info.server_version.is_empty() {
        return Err("no SystemInfo: DockerRootDir or ServerVersion is empty".into());
    }
    if info.has("userns") && info.mapping().is_none() {
        return Err(ParseError::new(format!(
            "contradicts itself: name=userns, and DockerRootDir {} without UID.GID",
            info.docker_root_dir
        )));
    }
    Ok(info)
}

/// The body of an HTTP answer that is complete.
///
/// # Errors
/// When it is no HTTP, no success, cut short, or not Docker's.
pub(crate) fn body(response: &[u8]) -> Result<Vec<u8>, ParseError> {
    let (head, rest) = split_once(response, b"\r\n\r\n").ok_or("no HTTP answer")?;
    let head = super::text(head);
    let mut lines = head.split("\r\n");
    let status = lines.next().unwrap_or("");
    let code = status
        .strip_prefix("HTTP/1.")
        .and_then(|rest| rest.split(' ').nth(1))
        .ok_or("no HTTP answer")?;
    if code != "200" {
        return Err(ParseError::new(format!(
            "HTTP status {}",
            code.chars().take(8).collect::<String>()
        )));
    }
    let headers: Vec<(String, &str)> = lines
        .filter_map(|l| l.split_once(':'))
        .map(|(k, v)| (k.trim().to_ascii_lowercase(), v.trim()))
        .collect();
    let header = |name: &str| headers.iter().find(|(k, _)| k == name).map(|(_, v)| *v);
    // Podman serves the same API, and answers for itself (containers/podman
    // pkg/api/server/server.go).
    if header("server").is_some_and(|server| server.starts_with("Libpod/")) {
        return Err("Podman answers in place of Docker".into());
    }
    if header("transfer-encoding").is_some_and(|coding| coding.eq_ignore_ascii_case("chunked")) {
        return chunks(rest).ok_or_else(|| "chunks that do not add up".into());
    }
    match header("content-length").map(str::parse::<usize>) {
        Some(length) => {
            let body = length.ok().and_then(|length| rest.get(..length));
            Ok(body.ok_or("shorter than Content-Length")?.to_vec())
        }
        None => Ok(rest.to_vec()),
    }
}

/// What stands before and after the first `separator`, as `str::split_once`.
fn split_once<'b>(bytes: &'b [u8], separator: &[u8]) -> Option<(&'b [u8], &'b [u8])> {
    let at = memchr::memmem::find(bytes, separator)?;
    Some((bytes.get(..at)?, bytes.get(at + separator.len()..)?))
}

/// RFC 9112, section 7.1; `None` when the last chunk is missing.
fn chunks(mut rest: &[u8]) -> Option<Vec<u8>> {
    let mut body = vec![];
    loop {
        let (line, after) = split_once(rest, b"\r\n")?;
        let size = std::str::from_utf8(line).ok()?;
        let size = usize::from_str_radix(size.split(';').next()?.trim(), 16).ok()?;
        if size == 0 {
            return Some(body);
        }
        let (chunk, after) = after.split_at_checked(size)?;
        body.extend_from_slice(chunk);
        rest = after.strip_prefix(b"\r\n")?;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Fields that dockerd 20.10.24 sends, with and without `--userns-remap=default`.
    const PLAIN: &str = r#"{"ID":"XOB7","Containers":0,"Driver":"vfs","DriverStatus":null,"SecurityOptions":["name=seccomp,profile=default"],"DockerRootDir":"/var/lib/docker","ServerVersion":"20.10.24+dfsg1"}"#;
    const REMAP: &str = r#"{"Driver":"vfs","DriverStatus":null,"SecurityOptions":["name=seccomp,profile=default","name=userns"],"DockerRootDir":"/var/lib/docker/100000.100000","ServerVersion":"20.10.24+dfsg1"}"#;

    #[test]
    fn answers() {
        let plain = parse(PLAIN).unwrap();
        assert!(
            !plain.has("userns")
                && plain.has("seccomp")
                && plain.mapping().is_none()
                && !plain.containerd_store()
        );
        let remap = parse(REMAP).unwrap();
        assert!(remap.has("userns"));
        assert_eq!(remap.mapping(), Some((100_000, 100_000)));
        // What is recorded reads the same.
        assert_eq!(parse(&serde_json::to_string(&remap).unwrap()).unwrap(), remap);
        let store = PLAIN.replace("null", r#"[["driver-type","io.containerd.snapshotter.v1"]]"#);
        assert!(parse(&store).unwrap().containerd_store());
        assert!(
            parse(&PLAIN.replace(r#"["name=seccomp,profile=default"]"#, "null"))
                .unwrap()
                .security_options
                .is_empty()
        );
    }

    #[test]
    fn lies_and_garbage() {
        for odd in [
            "",
            "{}",
            "null",
            "[]",
            "<html>",
            r#"{"SecurityOptions":"name=userns"}"#,
            r#"{"SecurityOptions":["name=userns"]}"#,
        ] {
            assert!(parse(odd).is_err(), "{odd}");
        }
        assert!(parse(&PLAIN.replace("\"SecurityOptions\"", "\"X\"")).is_err());
        assert!(parse(&PLAIN.replace("20.10.24+dfsg1", "")).is_err());
        assert!(parse(&REMAP.replace("/100000.100000", "")).is_err());
    }

    #[test]
    fn http() {
        assert_eq!(
            body(b"HTTP/1.0 200 OK\r\nServer: Docker/20.10.24 (linux)\r\n\r\n{}").unwrap(),
            b"{}"
        );
        assert_eq!(body(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}x").unwrap(), b"{}");
        assert_eq!(
            body(
                b"HTTP/1.1 200 OK\r\nTransfer-Encoding: \
            chunked\r\n\r\n1\r\n{\r\n1;x=y\r\n}\r\n0\r\n\r\n"
            )
            .unwrap(),
            b"{}"
        );
        assert!(body(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\n{").is_err());
        assert!(
            body(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nffffffffffffffff\r\n{")
                .is_err()
        );
        assert!(body(b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n{}").is_err());
        assert_eq!(
            body(b"HTTP/1.0 500 Internal\r\n\r\n{}").unwrap_err().to_string(),
            "HTTP status 500"
        );
        assert!(
            body(b"HTTP/1.0 200 OK\r\nServer: Libpod/4.3.1 (linux)\r\n\r\n{}")
                .unwrap_err()
                .to_string()
                .contains("Podman")
        );
        assert!(
            body(b"garbage").is_err() && body(b"").is_err() && body(b"SSH-2.0\r\n\r\n").is_err()
        );
    }

    #[test]
    fn mappings() {
        assert_eq!(mapping("231072.231072"), Some((231_072, 231_072)));
        assert_eq!(mapping("0.0"), Some((0, 0)));
        for other in ["overlay2", "1.2.3", "+1.2", ".", "1.", "99999999999.1"] {
            assert_eq!(mapping(other), None, "{other}");
        }
    }
}
