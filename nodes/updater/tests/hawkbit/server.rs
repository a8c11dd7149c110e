//! A server that speaks hawkBit's Direct Device Integration API, version 1, as strictly as it is documented, and one that
//! misbehaves where a test asks for it.

use std::collections::VecDeque;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::{Arc, Mutex, MutexGuard};

use serde_json::{Value, json};
use sinew_releases::Digest;

pub(crate) const TOKEN: &str = "5d8fSD54fdsFG98DDsa";
pub(crate) const DEVICE: &str = "strider";
const BASE: &str = "/DEFAULT/controller/v1/strider";

/// A file of a deployment, as it is announced and as it comes.
#[derive(Debug, Clone)]
pub(crate) struct File {
    pub(crate) name: String,
    pub(crate) bytes: Vec<u8>,
    pub(crate) sha256: String,
}

impl File {
    pub(crate) fn new(name: &str, bytes: Vec<u8>) -> Self {
        Self {
            name: name.to_owned(),
            sha256: Digest::of(&bytes).to_string(),
            bytes,
        }
    }
}

#[derive(Debug, Clone, Default)]
pub(crate) struct Action {
    pub(crate) id: u64,
    pub(crate) files: Vec<File>,
    /// `forced`, `attempt` or `skip`.
    pub(crate) update: String,
    pub(crate) is_canceling: bool,
    pub(crate) is_closed: bool,
}

/// What the server knows, and does.
#[derive(Debug, Default)]
pub(crate) struct State {
    pub(crate) action: Option<Action>,
    pub(crate) wants_attributes: bool,
    pub(crate) attributes: Value,
    /// What was told: of which resource, the execution, the result, and the details.
    pub(crate) told: Vec<(String, String, String, String)>,
    /// Answers in the place of the right ones: to a request whose path has this, a status, and further headers.
    pub(crate) answers: VecDeque<(&'static str, String)>,
    /// Answers a request whose path has this with no JSON.
    pub(crate) garbage: Option<&'static str>,
    /// Ends the next download of more bytes after so many.
    pub(crate) cut_after: Option<usize>,
    /// Where links lead.
    pub(crate) origin: String,
    /// Requests, each with its range.
    pub(crate) requests: Vec<(String, Option<String>)>,
    /// What was wrong with a request.
    pub(crate) faults: Vec<String>,
}

/// The server.
pub(crate) struct Server {
    pub(crate) url: String,
    state: Arc<Mutex<State>>,
}

struct Request {
    method: String,
    path: String,
    authorization: String,
    content_type: String,
    range: Option<String>,
    body: Vec<u8>,
}

type Answer = (String, Vec<u8>);

impl Server {
    pub(crate) fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let state = Arc::new(Mutex::new(State {
            origin: url.clone(),
            ..State::default()
        }));
        let served = state.clone();
        std::thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let served = served.clone();
                // Who hangs up has what it wants.
                std::thread::spawn(move || drop(serve(stream, &served)));
            }
        });
        Self { url, state }
    }

    pub(crate) fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap()
    }

    pub(crate) fn assign(&self, id: u64, files: Vec<File>) {
        self.state().action = Some(Action {
            id,
            files,
            update: "forced".to_owned(),
            ..Action::default()
        });
    }

    /// The last thing that was told: execution, result, details.
    pub(crate) fn last_told(&self) -> (String, String, String) {
        let (_, execution, result, details) = self.state().told.last().cloned().unwrap_or_default();
        (execution, result, details)
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        if !std::thread::panicking() {
            assert_eq!(
                self.state().faults,
                Vec::<String>::new(),
                "requests that the API does not know"
            );
        }
    }
}

fn serve(mut stream: TcpStream, state: &Mutex<State>) -> std::io::Result<()> {
    let Some(request) = read(&stream)? else { return Ok(()) };
    let (answer, cut_after) = {
        let mut state = state.lock().unwrap();
        state.requests.push((request.path.clone(), request.range.clone()));
        let (head, body) = answer(&request, &mut state);
        let is_cut = request.path.contains("/artifacts/") && state.cut_after.is_some_and(|most| most < body.len());
        let cut_after = if is_cut { state.cut_after.take() } else { None };
        ((head, body), cut_after)
    };
    let (head, body) = answer;
    write!(
        stream,
        "HTTP/1.1 {head}\r\nContent-Length: {}\r\nConnection: close\r\n\r\n",
        body.len()
    )?;
    stream.write_all(&body[..cut_after.unwrap_or(body.len()).min(body.len())])
}

fn read(stream: &TcpStream) -> std::io::Result<Option<Request>> {
    let mut reader = BufReader::new(stream.try_clone()?);
    let mut line = String::new();
    reader.read_line(&mut line)?;
    let mut words = line.split_whitespace().map(str::to_owned);
    let (Some(method), Some(path)) = (words.next(), words.next()) else {
        return Ok(None);
    };
    let mut request = Request {
        method,
        path,
        authorization: String::new(),
        content_type: String::new(),
        range: None,
        body: Vec::new(),
    };
    let mut length = 0;
    loop {
        let mut line = String::new();
        reader.read_line(&mut line)?;
        let Some((name, value)) = line.trim_end().split_once(':') else {
            break;
        };
        let value = value.trim().to_owned();
        match name.to_ascii_lowercase().as_str() {
            "authorization" => request.authorization = value,
            "content-type" => request.content_type = value,
            "range" => request.range = Some(value),
            "content-length" => length = value.parse().unwrap_or(0),
            _ => {}
        }
    }
    request.body = vec![0; length];
    reader.read_exact(&mut request.body)?;
    Ok(Some(request))
}

fn status(status: &str) -> Answer {
    (status.to_owned(), Vec::new())
}

fn as_json(json: &Value) -> Answer {
    (
        "200 OK\r\nContent-Type: application/hal+json".to_owned(),
        json.to_string().into_bytes(),
    )
}

fn answer(request: &Request, state: &mut State) -> Answer {
    let path = request.path.split('?').next().unwrap_or_default().to_owned();
    let is_meant = |part: &str| {
        if part == "base" {
            path == BASE
        } else {
            path.contains(part)
        }
    };
    if state.answers.front().is_some_and(|(part, _)| is_meant(part)) {
        return status(&state.answers.pop_front().unwrap().1);
    }
    if state.garbage.is_some_and(is_meant) {
        state.garbage = None;
        return ("200 OK".to_owned(), b"<html>login</html>".to_vec());
    }
    if request.authorization != format!("TargetToken {TOKEN}") {
        return status("401 Unauthorized");
    }
    let Some(rest) = path.strip_prefix(BASE) else {
        return status("404 Not Found");
    };
    let parts: Vec<&str> = rest.trim_start_matches('/').split('/').collect();
    match (request.method.as_str(), &parts[..]) {
        ("GET", [""]) => as_json(&base(state)),
        ("GET", ["deploymentBase", id]) => deployment(state, id),
        ("GET", ["cancelAction", id]) => cancellation(state, id),
        ("GET", ["softwaremodules", "1", "artifacts", name]) => file(state, name, request.range.as_deref()),
        ("POST", [resource @ ("deploymentBase" | "cancelAction"), id, "feedback"]) => {
            let (resource, id) = ((*resource).to_owned(), (*id).to_owned());
            match feedback(&id, request) {
                Ok(told) => take(state, &resource, &id, told),
                Err(fault) => {
                    state.faults.push(fault);
                    status("400 Bad Request")
                }
            }
        }
        ("PUT", ["configData"]) => {
            let json: Value = serde_json::from_slice(&request.body).unwrap_or_default();
            let data = json["data"].as_object().filter(|data| !data.is_empty());
            let are_texts = data.is_some_and(|data| {
                data.values()
                    .all(|value| value.as_str().is_some_and(|text| text.len() <= 128))
            });
            if !are_texts || !["merge", "replace", "remove"].contains(&json["mode"].as_str().unwrap_or_default()) {
                state.faults.push(format!("configData: {json}"));
                return status("400 Bad Request");
            }
            state.attributes = json["data"].clone();
            state.wants_attributes = false;
            status("200 OK")
        }
        (method, _) => {
            state.faults.push(format!("{method} {path}"));
            status("405 Method Not Allowed")
        }
    }
}

fn base(state: &State) -> Value {
    let own = format!("{}{BASE}", state.origin);
    let mut links = json!({});
    if state.wants_attributes {
        links["configData"] = json!({ "href": format!("{own}/configData") });
    }
    if let Some(action) = state.action.as_ref().filter(|action| !action.is_closed) {
        if action.is_canceling {
            links["cancelAction"] = json!({ "href": format!("{own}/cancelAction/{}", action.id) });
        } else {
            links["deploymentBase"] = json!({ "href": format!("{own}/deploymentBase/{}?c=-2122565939", action.id) });
        }
    }
    json!({ "config": { "polling": { "sleep": "00:05:00" } }, "_links": links })
}

fn active<'a>(state: &'a State, id: &str) -> Option<&'a Action> {
    state.action.as_ref().filter(|action| action.id.to_string() == id)
}

fn deployment(state: &State, id: &str) -> Answer {
    let Some(action) = active(state, id).filter(|action| !action.is_closed && !action.is_canceling) else {
        return status("404 Not Found");
    };
    let artifact = |file: &File| {
        let href = format!("{}{BASE}/softwaremodules/1/artifacts/{}", state.origin, file.name);
        json!({
            "filename": file.name, "size": file.bytes.len(),
            "hashes": { "sha1": "0", "md5": "0", "sha256": file.sha256 },
            "_links": { "download-http": { "href": href }, "md5sum-http": { "href": format!("{href}.MD5SUM") } },
        })
    };
    let files: Vec<Value> = action.files.iter().map(artifact).collect();
    as_json(&json!({
        "id": action.id.to_string(),
        "deployment": {
            "download": "forced", "update": action.update,
            "chunks": [{ "part": "bApp", "name": "walk", "version": "1", "artifacts": files }],
        },
    }))
}

fn cancellation(state: &State, id: &str) -> Answer {
    match active(state, id).filter(|action| action.is_canceling) {
        Some(action) => {
            as_json(&json!({ "id": action.id.to_string(), "cancelAction": { "stopId": action.id.to_string() } }))
        }
        None => status("404 Not Found"),
    }
}

fn file(state: &State, name: &str, range: Option<&str>) -> Answer {
    let files = state.action.iter().flat_map(|action| &action.files);
    let Some(file) = files.into_iter().find(|file| file.name == name) else {
        return status("404 Not Found");
    };
    let Some(from) = range.and_then(|range| range.strip_prefix("bytes=")?.strip_suffix('-')?.parse::<usize>().ok())
    else {
        return ("200 OK".to_owned(), file.bytes.clone());
    };
    let whole = file.bytes.len();
    if from >= whole {
        return status("416 Range Not Satisfiable");
    }
    let head = format!(
        "206 Partial Content\r\nContent-Range: bytes {from}-{}/{whole}",
        whole - 1
    );
    (head, file.bytes[from..].to_vec())
}

/// Execution, result and details, where the feedback is as the API documents it.
fn feedback(id: &str, request: &Request) -> Result<(String, String, String), String> {
    let json: Value = serde_json::from_slice(&request.body).unwrap_or_default();
    let text = |pointer: &str| {
        json.pointer(pointer)
            .and_then(Value::as_str)
            .unwrap_or_default()
            .to_owned()
    };
    let (execution, result) = (text("/status/execution"), text("/status/result/finished"));
    let executions = [
        "closed",
        "proceeding",
        "canceled",
        "scheduled",
        "rejected",
        "resumed",
        "download",
        "downloaded",
    ];
    let is_known =
        executions.contains(&execution.as_str()) && ["success", "failure", "none"].contains(&result.as_str());
    let details = json
        .pointer("/status/details")
        .and_then(Value::as_array)
        .cloned()
        .unwrap_or_default();
    let are_short = details
        .iter()
        .all(|detail| detail.as_str().is_some_and(|text| text.chars().count() <= 512));
    if request.content_type != "application/json" || !is_known || !are_short || json["id"] != id {
        return Err(format!("feedback of {id}: {json}"));
    }
    let details: Vec<&str> = details.iter().filter_map(Value::as_str).collect();
    Ok((execution, result, details.join("; ")))
}

fn take(state: &mut State, resource: &str, id: &str, told: (String, String, String)) -> Answer {
    let Some(action) = state.action.as_mut().filter(|action| action.id.to_string() == id) else {
        return status("404 Not Found");
    };
    if action.is_closed {
        return status("410 Gone");
    }
    let (execution, result, details) = told;
    match (resource, execution.as_str()) {
        (_, "closed") => action.is_closed = true,
        ("cancelAction", "rejected") => action.is_canceling = false,
        _ => {}
    }
    state.told.push((resource.to_owned(), execution, result, details));
    status("200 OK")
}
