//! A real mosquitto, its certificates, and a way to it that can be cut.

use std::io::{Read, Write};
use std::net::{Shutdown, TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use rcgen::{BasicConstraints, CertificateParams, CertifiedIssuer, IsCa, KeyPair};
use tempfile::TempDir;

pub(crate) fn free_port() -> u16 {
    TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port()
}

/// Whether there is a mosquitto; says what to install where there is none.
pub(crate) fn is_there() -> bool {
    let is_there = Command::new("mosquitto").arg("-h").output().is_ok();
    if !is_there {
        eprintln!("skipped: the tests of the broker need the Debian package mosquitto: sudo apt-get install mosquitto");
    }
    is_there
}

/// Who signs, and the folder where everything lies.
pub(crate) struct Authority {
    pub(crate) folder: TempDir,
    issuer: CertifiedIssuer<'static, KeyPair>,
}

impl Authority {
    pub(crate) fn new() -> Self {
        let mut params = CertificateParams::new(Vec::new()).unwrap();
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        params
            .distinguished_name
            .push(rcgen::DnType::CommonName, "test authority");
        let issuer = CertifiedIssuer::self_signed(params, KeyPair::generate().unwrap()).unwrap();
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join("ca.pem"), issuer.pem()).unwrap();
        let authority = Self { folder, issuer };
        authority.certify("broker", "localhost", true);
        authority
    }

    /// Writes `NAME.pem` and `NAME.key`.
    pub(crate) fn certify(&self, name: &str, host: &str, is_valid: bool) {
        let key = KeyPair::generate().unwrap();
        let mut params = CertificateParams::new(vec![host.to_owned()]).unwrap();
        params.distinguished_name.push(rcgen::DnType::CommonName, name);
        params.not_before = rcgen::date_time_ymd(2020, 1, 1);
        params.not_after = rcgen::date_time_ymd(if is_valid { 2090 } else { 2021 }, 1, 1);
        let certificate = params.signed_by(&key, &self.issuer).unwrap();
        std::fs::write(self.file(&format!("{name}.pem")), certificate.pem()).unwrap();
        std::fs::write(self.file(&format!("{name}.key")), key.serialize_pem()).unwrap();
    }

    pub(crate) fn file(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }
}

/// The broker, with a listener for whoever counts and one for the robot.
pub(crate) struct Broker {
    config: PathBuf,
    pub(crate) plain: u16,
    pub(crate) robots: u16,
    child: Child,
}

impl Broker {
    /// With these lines for the robot's listener.
    pub(crate) fn start(folder: &Path, lines: &str) -> Self {
        let (plain, robots) = (free_port(), free_port());
        let config = folder.join("mosquitto.conf");
        let text = format!(
            "per_listener_settings true\nlog_type none\nmax_inflight_messages 0\nmax_queued_messages 0\n{}\
             listener {plain} 127.0.0.1\nallow_anonymous true\nlistener {robots} 127.0.0.1\n{lines}\n",
            // As root it would become a user who may not read the keys.
            if is_root() { "user root\n" } else { "" },
        );
        std::fs::write(&config, text).unwrap();
        let child = spawn(&config, plain);
        Self {
            config,
            plain,
            robots,
            child,
        }
    }

    pub(crate) fn kill(&mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }

    pub(crate) fn start_again(&mut self) {
        self.child = spawn(&self.config, self.plain);
    }

    pub(crate) fn signal(&self, signal: i32) {
        // SAFETY: the process is this test's own child, which was not waited for.
        unsafe { libc::kill(self.child.id() as i32, signal) };
    }
}

impl Drop for Broker {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn is_root() -> bool {
    // SAFETY: asks for a number.
    unsafe { libc::geteuid() == 0 }
}

fn spawn(config: &Path, port: u16) -> Child {
    let child = Command::new("mosquitto")
        .arg("-c")
        .arg(config)
        .stdout(Stdio::null())
        .spawn()
        .unwrap();
    let began = Instant::now();
    while TcpStream::connect(("127.0.0.1", port)).is_err() {
        assert!(began.elapsed() < Duration::from_secs(10), "mosquitto does not start");
        std::thread::sleep(Duration::from_millis(10));
    }
    child
}

/// A way to a port that can be cut: what is under way is lost, and nobody gets through, until it is whole again.
pub(crate) struct Way {
    pub(crate) port: u16,
    is_cut: Arc<AtomicBool>,
    swallows: Arc<AtomicBool>,
    streams: Arc<Mutex<Vec<TcpStream>>>,
}

impl Way {
    pub(crate) fn to(target: u16) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let way = Self {
            port: listener.local_addr().unwrap().port(),
            is_cut: Arc::default(),
            swallows: Arc::default(),
            streams: Arc::default(),
        };
        let (is_cut, swallows, streams) = (way.is_cut.clone(), way.swallows.clone(), way.streams.clone());
        std::thread::spawn(move || {
            for client in listener.incoming().flatten() {
                if is_cut.load(Ordering::SeqCst) {
                    continue;
                }
                if let Ok(server) = TcpStream::connect(("127.0.0.1", target)) {
                    let ends = [client.try_clone().unwrap(), server.try_clone().unwrap()];
                    streams.lock().unwrap().extend(ends);
                    pump(
                        client.try_clone().unwrap(),
                        server.try_clone().unwrap(),
                        swallows.clone(),
                    );
                    pump(server, client, swallows.clone());
                }
            }
        });
        way
    }

    pub(crate) fn cut(&self) {
        self.is_cut.store(true, Ordering::SeqCst);
        for stream in self.streams.lock().unwrap().drain(..) {
            let _ = stream.shutdown(Shutdown::Both);
        }
    }

    /// Whether what is sent vanishes, while connections stay as they are.
    pub(crate) fn swallow(&self, swallows: bool) {
        self.swallows.store(swallows, Ordering::SeqCst);
    }

    pub(crate) fn mend(&self) {
        self.is_cut.store(false, Ordering::SeqCst);
    }
}

fn pump(mut from: TcpStream, mut to: TcpStream, swallows: Arc<AtomicBool>) {
    std::thread::spawn(move || {
        let mut bytes = [0; 16 * 1024];
        while let Ok(n) = from.read(&mut bytes) {
            if n == 0 {
                break;
            }
            if !swallows.load(Ordering::SeqCst) && to.write_all(&bytes[..n]).is_err() {
                break;
            }
        }
        let _ = to.shutdown(Shutdown::Both);
        let _ = from.shutdown(Shutdown::Both);
    });
}
