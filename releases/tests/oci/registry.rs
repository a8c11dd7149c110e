//! Debian's `docker-registry`, started for a test on this machine.

use std::fs;
use std::net::{TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use sinew_releases::Place;
use tempfile::TempDir;

pub(crate) const USER: &str = "robot";
pub(crate) const PASSWORD: &str = "of-the-robot-alone";
/// The password for bcrypt, made by htpasswd.
const HTPASSWD: &str = "robot:$2y$05$8fVRJlTkKVJJlmIi4oZyTOlXnhJjlK/5GRFCj8X42R4E1RIujKIvq\n";
const PATIENCE: Duration = Duration::from_secs(60);

/// A registry, and what it keeps.
pub(crate) struct Registry {
    folder: TempDir,
    port: u16,
    child: Option<Child>,
}

impl Registry {
    /// A registry that is ready; `None`, and why, where there is no such program.
    pub(crate) fn start(asks_who: bool) -> Option<Self> {
        if program("docker-registry").is_none() {
            eprintln!("skipped: no registry; install the Debian package docker-registry");
            return None;
        }
        let folder = tempfile::tempdir().unwrap();
        let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
        let mut config = format!(
            "version: 0.1\nlog: {{level: error}}\nstorage:\n  filesystem: {{rootdirectory: {}}}\nhttp: {{addr: '127.0.0.1:{port}'}}\n",
            folder.path().join("data").display()
        );
        if asks_who {
            let file = folder.path().join("htpasswd");
            fs::write(&file, HTPASSWD).unwrap();
            config += &format!("auth:\n  htpasswd: {{realm: robots, path: {}}}\n", file.display());
        }
        fs::write(folder.path().join("config.yml"), config).unwrap();
        let mut registry = Self {
            folder,
            port,
            child: None,
        };
        registry.resume();
        Some(registry)
    }

    /// Starts it, or starts it again with what it kept.
    pub(crate) fn resume(&mut self) {
        let log = fs::File::create(self.folder.path().join("log")).unwrap();
        let child = Command::new("docker-registry")
            .arg("serve")
            .arg(self.folder.path().join("config.yml"))
            .stdout(Stdio::null())
            .stderr(log)
            .spawn();
        self.child = Some(child.unwrap());
        let began = Instant::now();
        while TcpStream::connect(("127.0.0.1", self.port)).is_err() {
            let log = || fs::read_to_string(self.folder.path().join("log")).unwrap();
            assert!(began.elapsed() < PATIENCE, "the registry does not start: {}", log());
            std::thread::sleep(Duration::from_millis(50));
        }
    }

    /// Its process is killed.
    pub(crate) fn kill(&mut self) {
        if let Some(mut child) = self.child.take() {
            child.kill().unwrap();
            child.wait().unwrap();
        }
    }

    /// HOST:PORT/NAME.
    pub(crate) fn name(&self, name: &str) -> String {
        format!("127.0.0.1:{}/{name}", self.port)
    }

    /// A repository in it, for whom it knows by a password.
    pub(crate) fn place(&self, name: &str, password: &str) -> Place {
        use std::os::unix::fs::PermissionsExt;
        let file = self.folder.path().join(format!("credentials_{password}"));
        fs::write(
            &file,
            format!("REGISTRY_USERNAME={USER}\nREGISTRY_PASSWORD={password}\n"),
        )
        .unwrap();
        fs::set_permissions(&file, fs::Permissions::from_mode(0o600)).unwrap();
        let mut place = Place::from(format!("oci://{}", self.name(name)));
        place.options.credentials_file = Some(file);
        place
    }
}

impl Drop for Registry {
    fn drop(&mut self) {
        self.kill();
    }
}

/// A program of this machine.
pub(crate) fn program(name: &str) -> Option<PathBuf> {
    let paths = std::env::var_os("PATH")?;
    std::env::split_paths(&paths)
        .map(|folder| folder.join(name))
        .find(|path| Path::is_file(path))
}
