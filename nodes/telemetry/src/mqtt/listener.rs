//! Who listens to what robots send, with the connection of the node itself.

use std::io;
use std::time::Duration;

use rumqttc::QoS;
use tokio::runtime::Runtime;
use tokio::time::{Instant, sleep_until, timeout};

use super::back_off::BackOff;
use super::connection::{Connection, News};
use super::options::ConnectOptions;
use super::uploader::Arrived;

/// What a listener is told.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Heard {
    /// What is sent from now on is heard.
    Ready,
    /// The connection is lost, or did not come about, and why; it is tried again.
    Lost(String),
    /// A message.
    Message(Arrived),
}

/// Listens to topics of a broker, and connects again whenever the connection is lost. What was sent meanwhile is not heard:
/// nothing is kept for it at the broker.
#[derive(Debug)]
pub struct Listener {
    runtime: Runtime,
    listening: Listening,
}

#[derive(Debug)]
struct Listening {
    connect: ConnectOptions,
    filter: String,
    connection: Option<Connection>,
    back_off: BackOff,
    retry_at: Instant,
}

impl Listener {
    /// To the topics of a filter, such as `sinew/+/events`. Nothing is connected yet.
    ///
    /// # Errors
    /// Where the system gives nothing to work with.
    pub fn new(connect: ConnectOptions, filter: &str) -> io::Result<Self> {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
        let params = connect.params();
        let pauses = [params.min_pause_secs, params.max_pause_secs].map(Duration::from_secs_f64);
        Ok(Self {
            listening: Listening {
                back_off: BackOff::new(pauses[0], pauses[1]),
                retry_at: Instant::now(),
                connect,
                filter: filter.to_owned(),
                connection: None,
            },
            runtime,
        })
    }

    /// What comes next, or nothing where `patience` is over before. The connection is looked after in here alone, so that it
    /// ends where this is not called for longer than its `keep_alive_secs`.
    pub fn next(&mut self, patience: Duration) -> Option<Heard> {
        let listening = &mut self.listening;
        let next = async { timeout(patience, listening.next()).await.ok() };
        self.runtime.block_on(next)
    }
}

impl Listening {
    /// May be dropped at any moment without a loss.
    async fn next(&mut self) -> Heard {
        loop {
            let Some(connection) = &mut self.connection else {
                sleep_until(self.retry_at).await;
                match self.connect.make() {
                    Ok(options) => {
                        self.connection = Some(Connection::begin(options, self.connect.params().in_flight));
                        continue;
                    }
                    Err(error) => return self.lose(format!("{error:#}")),
                }
            };
            match connection.news.recv().await {
                Some(News::Up(_)) => {
                    let filter = self.filter.as_str();
                    if let Err(error) = connection.client.try_subscribe(filter, QoS::AtLeastOnce) {
                        return self.lose(error.to_string());
                    }
                }
                Some(News::Subscribed(None)) => {
                    self.back_off.reset();
                    return Heard::Ready;
                }
                Some(News::Subscribed(Some(refused))) => {
                    let reason = format!("the broker does not let {} be listened to: {refused}", self.filter);
                    return self.lose(reason);
                }
                Some(News::Message(publish)) => return Heard::Message(Arrived::from(*publish)),
                Some(News::Lost(error)) => return self.lose(error.to_string()),
                None => return self.lose("the connection has ended".to_owned()),
            }
        }
    }

    fn lose(&mut self, reason: String) -> Heard {
        self.connection = None;
        self.retry_at = Instant::now() + self.back_off.pause();
        Heard::Lost(reason)
    }
}
