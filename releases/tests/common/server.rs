//! A server of static files that can be asked to misbehave.

use std::io::{BufRead, BufReader, Write};
use std::net::{TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::Duration;

/// How a file is sent whose name ends as was said.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Manner {
    /// It never ends.
    Endless,
    /// A byte every 20 ms.
    Trickle,
    /// Nothing comes after the head.
    Silent,
    /// Nothing comes at all.
    Mute,
    /// The connection ends after so many bytes; the rest is sent where it is asked for.
    CutAfter(usize),
    /// From its beginning, whatever was asked for.
    AsAWhole,
    /// The server fails.
    Fails,
}

#[derive(Debug)]
pub(crate) struct Server {
    port: u16,
    asked: Arc<Mutex<Vec<String>>>,
}

impl Server {
    pub(crate) fn of(folder: &Path, manners: &[(&str, Manner)]) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let port = listener.local_addr().unwrap().port();
        let asked = Arc::new(Mutex::new(Vec::new()));
        let manners: Vec<_> = manners
            .iter()
            .map(|(end, manner)| ((*end).to_owned(), *manner))
            .collect();
        let (folder, seen) = (folder.to_owned(), asked.clone());
        thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let (folder, manners, seen) = (folder.clone(), manners.clone(), seen.clone());
                thread::spawn(move || answer(stream, &folder, &manners, &seen));
            }
        });
        Self { port, asked }
    }

    pub(crate) fn url(&self) -> String {
        format!("http://127.0.0.1:{}", self.port)
    }

    /// The paths and ranges that were asked for.
    pub(crate) fn asked(&self) -> Vec<String> {
        self.asked.lock().unwrap().clone()
    }
}

/// Answers one request; that whoever asked has gone is no failure of the server.
fn answer(mut stream: TcpStream, folder: &Path, manners: &[(String, Manner)], seen: &Mutex<Vec<String>>) -> Option<()> {
    let mut lines = BufReader::new(stream.try_clone().ok()?).lines();
    let path = lines.next()?.ok()?.split(' ').nth(1)?.to_owned();
    let mut offset = 0;
    for line in lines.map_while(Result::ok).take_while(|line| !line.is_empty()) {
        if let Some(range) = line.to_ascii_lowercase().strip_prefix("range: bytes=") {
            offset = range.trim_end_matches('-').parse().ok()?;
        }
    }
    seen.lock().unwrap().push(format!("{path} {offset}"));
    let manner = manners
        .iter()
        .find(|(end, _)| path.ends_with(end))
        .map(|(_, manner)| *manner);
    let file: PathBuf = folder.join(path.trim_start_matches('/'));
    let Ok(bytes) = std::fs::read(file) else {
        return send(
            &mut stream,
            "HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\nConnection: close\r\n\r\n".as_bytes(),
        );
    };
    if manner == Some(Manner::AsAWhole) {
        offset = 0;
    }
    let rest = &bytes[offset.min(bytes.len())..];
    let status = if offset == 0 {
        "200 OK".to_owned()
    } else {
        format!(
            "206 Partial Content\r\nContent-Range: bytes {offset}-{}/{}",
            bytes.len() - 1,
            bytes.len()
        )
    };
    let head = |length: &str| format!("HTTP/1.1 {status}\r\n{length}Connection: close\r\n\r\n");
    let known = format!("Content-Length: {}\r\n", rest.len());
    match manner {
        None | Some(Manner::AsAWhole) => {
            send(&mut stream, head(&known).as_bytes())?;
            send(&mut stream, rest)
        }
        Some(Manner::Endless) => {
            send(&mut stream, head("").as_bytes())?;
            send(&mut stream, rest)?;
            loop {
                send(&mut stream, &[b' '; 64 << 10])?;
            }
        }
        Some(Manner::Trickle) => {
            send(&mut stream, head(&known).as_bytes())?;
            rest.iter().try_for_each(|byte| {
                thread::sleep(Duration::from_millis(20));
                send(&mut stream, &[*byte])
            })
        }
        Some(Manner::Silent) => {
            send(&mut stream, head(&known).as_bytes())?;
            thread::sleep(Duration::from_secs(60));
            None
        }
        Some(Manner::Mute) => {
            thread::sleep(Duration::from_secs(60));
            None
        }
        Some(Manner::CutAfter(count)) => {
            send(&mut stream, head(&known).as_bytes())?;
            send(&mut stream, &rest[..count.min(rest.len())])
        }
        Some(Manner::Fails) => send(
            &mut stream,
            b"HTTP/1.1 500 Internal Server Error\r\nContent-Length: 0\r\nConnection: close\r\n\r\n",
        ),
    }
}

fn send(stream: &mut TcpStream, bytes: &[u8]) -> Option<()> {
    stream.write_all(bytes).ok()
}
