//! A broker of this bench's own, where the machine has mosquitto.

use std::io::ErrorKind;
use std::net::{TcpListener, TcpStream};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use anyhow::{Context, Result, ensure};

const PATIENCE: Duration = Duration::from_secs(10);

/// It ends when it is dropped.
pub(crate) struct Mosquitto {
    child: Child,
    port: u16,
}

impl Mosquitto {
    /// On a port of this machine that is free; `None` where there is no mosquitto.
    ///
    /// # Errors
    /// Where it does not start.
    pub(crate) fn start(folder: &Path) -> Result<Option<Self>> {
        let port = TcpListener::bind("127.0.0.1:0")?.local_addr()?.port();
        let config = folder.join("mosquitto.conf");
        let text = format!(
            "log_type none\nmax_inflight_messages 0\nmax_queued_messages 0\nlistener {port} 127.0.0.1\nallow_anonymous \
             true\n"
        );
        std::fs::write(&config, text)?;
        let mut command = Command::new("mosquitto");
        let started = command.arg("-c").arg(&config).stdout(Stdio::null()).spawn();
        let child = match started {
            Err(error) if error.kind() == ErrorKind::NotFound => return Ok(None),
            started => started.context("mosquitto")?,
        };
        let broker = Self { child, port };
        let began = Instant::now();
        while TcpStream::connect(("127.0.0.1", port)).is_err() {
            ensure!(began.elapsed() < PATIENCE, "mosquitto does not listen at port {port}");
            std::thread::sleep(Duration::from_millis(10));
        }
        Ok(Some(broker))
    }

    /// Where it listens.
    pub(crate) fn port(&self) -> u16 {
        self.port
    }
}

impl Drop for Mosquitto {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
