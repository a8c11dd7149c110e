//! Registries that misbehave: what they answer is read within limits, and who one is goes to them alone.

use std::io::{BufRead, BufReader, Write};
use std::net::TcpListener;
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::Duration;

use sinew_releases::client::{Client, ClientError};
use sinew_releases::{Limits, Place, SourceError};

use crate::common::Workshop;

/// What was asked of a server, in lower case.
type Asked = Arc<Mutex<Vec<String>>>;

/// A server that answers each request by its head, and what it was asked.
fn server(answer: impl Fn(&str) -> Vec<u8> + Send + Sync + 'static) -> (String, Asked) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let host = listener.local_addr().unwrap().to_string();
    let (asked, answer) = (Asked::default(), Arc::new(answer));
    let seen = asked.clone();
    thread::spawn(move || {
        for mut stream in listener.incoming().flatten() {
            let (answer, seen) = (answer.clone(), seen.clone());
            thread::spawn(move || {
                let lines = BufReader::new(stream.try_clone().unwrap())
                    .lines()
                    .map_while(Result::ok);
                let head: Vec<String> = lines.take_while(|line| !line.is_empty()).collect();
                let head = head.join("\n").to_ascii_lowercase();
                seen.lock().unwrap().push(head.clone());
                let _ = stream.write_all(&answer(&head));
            });
        }
    });
    (host, asked)
}

fn answer(status: &str, headers: &str, body: &[u8]) -> Vec<u8> {
    let length = body.len();
    let head = format!("HTTP/1.1 {status}\r\n{headers}Content-Length: {length}\r\nConnection: close\r\n\r\n");
    [head.as_bytes(), body].concat()
}

/// What a robot says of a registry at that host.
fn refusal(shop: &Workshop, host: &str, robot: &str) -> ClientError {
    let limits = Limits {
        silence: Duration::from_secs(2),
        ..Limits::default()
    };
    let credentials = shop.path("credentials");
    std::fs::write(&credentials, "REGISTRY_USERNAME=robot\nREGISTRY_PASSWORD=hunter2\n").unwrap();
    use std::os::unix::fs::PermissionsExt;
    std::fs::set_permissions(&credentials, std::fs::Permissions::from_mode(0o600)).unwrap();
    let mut place = Place::from(format!("oci://{host}/walk"));
    place.options.credentials_file = Some(credentials);
    let root = shop.path("keys/root.json");
    let client = Client::open(place, &shop.path(robot), Some(&root), limits).unwrap();
    client.refresh().unwrap_err()
}

#[test]
fn a_manifest_that_goes_on_for_ever_or_is_none_is_refused() {
    let shop = Workshop::new();
    let (endless, _) = server(|_| answer("200 OK", "", &vec![b' '; 5 << 20]));
    let said = refusal(&shop, &endless, "endless");
    assert!(
        matches!(said, ClientError::Source(SourceError::Endless { .. })),
        "{said}"
    );
    let (none, _) = server(|_| answer("200 OK", "", b"{\"layers\": 7}"));
    let said = refusal(&shop, &none, "none").to_string();
    assert!(said.contains("expected a manifest"), "{said}");
    let (silent, _) = server(|_| {
        thread::sleep(Duration::from_secs(10));
        Vec::new()
    });
    let said = refusal(&shop, &silent, "silent");
    assert!(matches!(said, ClientError::Source(SourceError::Slow { .. })), "{said}");
}

#[test]
fn who_one_is_goes_to_the_registry_and_where_it_has_its_tokens_and_nowhere_else() {
    let shop = Workshop::new();
    let (elsewhere, asked) = server(|_| answer("404 Not Found", "", b""));
    let (registry, told) = server(move |head| {
        let headers = format!("Location: http://{elsewhere}/blob\r\n");
        if head.contains("authorization") {
            answer("307 Temporary Redirect", &headers, b"")
        } else {
            answer("401 Unauthorized", "WWW-Authenticate: Basic realm=\"walks\"\r\n", b"")
        }
    });
    refusal(&shop, &registry, "redirected");
    let said = |asked: &Asked| asked.lock().unwrap().join("\n");
    assert!(
        !told.lock().unwrap()[0].contains("authorization"),
        "it has not asked yet"
    );
    assert!(said(&told).contains("authorization: basic"), "{}", said(&told));
    assert!(
        said(&asked).contains("get /blob") && !said(&asked).contains("authorization"),
        "{}",
        said(&asked)
    );

    // A server of tokens that is not encrypted, and not on this machine, is told nothing.
    let challenge = "WWW-Authenticate: Bearer realm=\"http://tokens.example/token\",service=\"walks\"\r\n";
    let (registry, _) = server(move |_| answer("401 Unauthorized", challenge, b""));
    let said = refusal(&shop, &registry, "plain").to_string();
    assert!(said.contains("http://tokens.example, expected https://"), "{said}");
}

#[test]
fn a_token_is_had_where_the_registry_says_and_told_to_it() {
    let shop = Workshop::new();
    let (tokens, asked) = server(|_| answer("200 OK", "", b"{\"access_token\": \"t0ken\"}"));
    let (registry, told) = server(move |_| {
        let challenge = format!("WWW-Authenticate: Bearer realm=\"http://{tokens}/token\",service=\"walks\"\r\n");
        answer(
            "401 Unauthorized",
            &challenge,
            b"{\"errors\": [{\"code\": \"DENIED\", \"message\": \"not yours\"}]}",
        )
    });
    let refused = refusal(&shop, &registry, "robot").to_string();
    assert!(
        refused.contains("check the credentials") && refused.contains("DENIED: not yours"),
        "{refused}"
    );
    let said = |asked: &Asked| asked.lock().unwrap().join("\n");
    assert!(
        said(&asked).contains("scope=repository%3awalk%3apull&service=walks"),
        "{}",
        said(&asked)
    );
    assert!(said(&asked).contains("authorization: basic"), "{}", said(&asked));
    assert!(said(&told).contains("authorization: bearer t0ken"), "{}", said(&told));
}
