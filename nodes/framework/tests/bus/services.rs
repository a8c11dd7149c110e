//! A request has one response, or none.

use std::sync::mpsc;
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::Duration;

use sinew_messages::Service;
use sinew_messages::rcl_interfaces::msg::ParameterValue;
use sinew_messages::rcl_interfaces::srv::GetParameters;
use sinew_node::bus::{Asker, Bus, BusError, Client, Reply, Requests, Server, ServiceKind, answer, full_name};

use crate::harness::{Network, PATIENCE, block_on, until};

type Request = <GetParameters as Service>::Request;
type Response = <GetParameters as Service>::Response;

const SERVICE: &str = "echo";

/// How long a client waits for a response that never comes.
const BRIEFLY: Duration = Duration::from_millis(200);

fn request(word: &str) -> Request {
    let names = vec![word.to_owned()];
    Request { names }
}

fn echo(request: &Request) -> Response {
    let echoed = |word: &String| ParameterValue {
        string_value: word.clone(),
        ..ParameterValue::default()
    };
    let values = request.names.iter().map(echoed).collect();
    Response { values }
}

fn server(node: &dyn Bus) -> Server {
    answer::<GetParameters>(node, SERVICE, echo).unwrap()
}

fn call(client: &Client<GetParameters>, word: &str, patience: Duration) -> Result<String, BusError> {
    let response = block_on(client.call(request(word), patience))?;
    Ok(response.values[0].string_value.clone())
}

/// A client that has found its server: over DDS that takes a while.
fn connected(node: Arc<dyn Bus>) -> Client<GetParameters> {
    let client = Client::new(node, SERVICE);
    until("the server is found", || call(&client, "hello", BRIEFLY).is_ok());
    client
}

pub(crate) fn a_request_is_answered(network: &Network) {
    let node = network.node("server");
    let _server = server(&*node);
    let client = connected(network.node("client"));
    for word in ["one", "two", "three"] {
        assert_eq!(call(&client, word, PATIENCE).as_deref(), Ok(word));
    }
}

pub(crate) fn a_request_says_who_asks(network: &Network) {
    let node = network.node("server");
    let askers = Arc::new(Mutex::new(Vec::<Asker>::new()));
    let kept = askers.clone();
    let keep = move |_, asker, _| kept.lock().unwrap().push(asker);
    let _server = node.serve(SERVICE, ServiceKind::of::<GetParameters>(), Box::new(keep));
    let panel = network.node("panel");
    let client = Client::<GetParameters>::new(panel.clone(), SERVICE);
    until("the request arrives", || {
        let _ = call(&client, "hello", BRIEFLY);
        !askers.lock().unwrap().is_empty()
    });
    let asker = askers.lock().unwrap()[0].clone();
    assert!(!asker.origin().is_empty());
    let name = full_name(&*panel);
    until("the asker's node is known", || asker.node().is_some());
    assert_eq!(asker.node(), Some(name));
}

pub(crate) fn each_client_gets_its_own_response(network: &Network) {
    let node = network.node("server");
    let _server = server(&*node);
    thread::scope(|scope| {
        for name in ["red", "green", "blue"] {
            let client = Arc::new(connected(network.node(name)));
            for half in ["dark", "light"] {
                let client = client.clone();
                scope.spawn(move || {
                    for i in 0..20 {
                        let word = format!("{half} {name} {i}");
                        assert_eq!(call(&client, &word, PATIENCE).as_ref(), Ok(&word));
                    }
                });
            }
        }
    });
}

pub(crate) fn a_response_may_come_from_another_thread(network: &Network) {
    let node = network.node("server");
    let mut requests = Requests::<GetParameters>::new(&*node, SERVICE).unwrap();
    let (sender, taken) = mpsc::channel::<(Arc<Request>, Reply<GetParameters>)>();
    thread::scope(|scope| {
        scope.spawn(move || {
            for (request, reply) in taken {
                reply.send(echo(&request));
            }
        });
        let requests = &mut requests;
        scope.spawn(move || {
            block_on(async {
                loop {
                    let (request, reply) = requests.next().await;
                    let last = request.names[0] == "last";
                    sender.send((request, reply)).unwrap();
                    if last {
                        break;
                    }
                }
            });
        });
        let client = connected(network.node("client"));
        for word in ["first", "last"] {
            assert_eq!(call(&client, word, PATIENCE).as_deref(), Ok(word));
        }
    });
}

pub(crate) fn a_late_response_is_not_given_to_the_next_request(network: &Network) {
    let node = network.node("server");
    let mut requests = Requests::<GetParameters>::new(&*node, SERVICE).unwrap();
    let (open, gate) = mpsc::channel();
    thread::scope(|scope| {
        let requests = &mut requests;
        scope.spawn(move || {
            block_on(async {
                loop {
                    let (request, reply) = requests.next().await;
                    match &*request.names[0] {
                        "late" => gate.recv().unwrap(),
                        "last" => return reply.send(echo(&request)),
                        _ => {}
                    }
                    reply.send(echo(&request));
                }
            });
        });
        let client = connected(network.node("client"));
        let late = call(&client, "late", BRIEFLY);
        assert!(matches!(late, Err(BusError::NoResponse { .. })), "{late:?}");
        open.send(()).unwrap();
        for word in ["next", "last"] {
            assert_eq!(call(&client, word, PATIENCE).as_deref(), Ok(word));
        }
    });
}

pub(crate) fn a_server_that_is_gone_answers_no_more(network: &Network) {
    let node = network.node("server");
    let mut requests = Requests::<GetParameters>::new(&*node, SERVICE).unwrap();
    thread::scope(|scope| {
        let server = scope.spawn(move || {
            let (request, reply) = block_on(requests.next());
            drop(requests);
            reply.send(echo(&request));
        });
        let client = Client::new(network.node("client"), SERVICE);
        until("a request has reached the server", || {
            let answer = call(&client, "hello", BRIEFLY);
            assert!(matches!(answer, Err(BusError::NoResponse { .. })), "{answer:?}");
            server.is_finished()
        });
    });
}

pub(crate) fn a_missing_server_leaves_the_client_without_a_response(network: &Network) {
    let client = Client::<GetParameters>::new(network.node("client"), SERVICE);
    let missing = call(&client, "hello", BRIEFLY);
    assert!(matches!(missing, Err(BusError::NoResponse { .. })), "{missing:?}");
    let node = network.node("server");
    let _server = server(&*node);
    until("the server is found", || call(&client, "hello", BRIEFLY).is_ok());
}

pub(crate) fn services_of_two_namespaces_are_apart(network: &Network) {
    let answering = |robot: &'static str| {
        let node = network.node_below(robot, "server");
        answer::<GetParameters>(&*node, "~/who", move |_| echo(&request(robot))).unwrap()
    };
    let _servers = ["left", "right"].map(answering);
    for robot in ["left", "right"] {
        for (client, name) in [
            (network.node_below(robot, "client"), "server/who".to_owned()),
            (network.node("client"), network.absolute(&format!("{robot}/server/who"))),
        ] {
            let client = Client::new(client, &name);
            until("the right one answers", || match call(&client, "who", BRIEFLY) {
                Ok(who) => {
                    assert_eq!(who, robot);
                    true
                }
                Err(_) => false,
            });
        }
    }
}
