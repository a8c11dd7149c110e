use rumqttc::mqttbytes::v5::SubscribeReasonCode;
use rumqttc::{AsyncClient, ConnectionError, Event, EventLoop, Incoming, MqttOptions, Publish};
use tokio::sync::mpsc;
use tokio::task::JoinHandle;

/// What a connection tells.
#[derive(Debug)]
pub(super) enum News {
    /// The broker takes messages, of at most so many bytes where it says so.
    Up(Option<u32>),
    /// What was asked for is listened to; or is not, with the broker's reason.
    Subscribed(Option<String>),
    /// A message came.
    Message(Box<Publish>),
    /// It is over.
    Lost(Box<ConnectionError>),
}

/// One connection, from its first packet to its last. Dropping it ends it.
#[derive(Debug)]
pub(super) struct Connection {
    pub(super) client: AsyncClient,
    pub(super) news: mpsc::Receiver<News>,
    task: JoinHandle<()>,
}

impl Connection {
    /// Begins to connect, within a runtime.
    pub(super) fn begin(options: MqttOptions, in_flight: u16) -> Self {
        let (client, event_loop) = AsyncClient::builder(options)
            .capacity(usize::from(in_flight) + 8)
            .build();
        let (sender, news) = mpsc::channel(64);
        // A task of its own: what the uploader waits for besides must not break off a connection in the making.
        let task = tokio::spawn(poll(event_loop, sender));
        Self { client, news, task }
    }
}

impl Drop for Connection {
    fn drop(&mut self) {
        self.task.abort();
    }
}

async fn poll(mut event_loop: EventLoop, news: mpsc::Sender<News>) {
    loop {
        let told = match event_loop.poll().await {
            Ok(Event::Incoming(Incoming::ConnAck(ack))) => Some(News::Up(
                ack.properties.and_then(|properties| properties.max_packet_size),
            )),
            Ok(Event::Incoming(Incoming::SubAck(ack))) => {
                let mut codes = ack.return_codes.iter();
                let refused = codes.find(|code| !matches!(code, SubscribeReasonCode::Success(_)));
                Some(News::Subscribed(refused.map(|code| format!("{code:?}"))))
            }
            Ok(Event::Incoming(Incoming::Publish(publish))) => Some(News::Message(Box::new(publish))),
            Ok(_) => None,
            Err(error) => {
                let _ = news.send(News::Lost(Box::new(error))).await;
                return;
            }
        };
        if let Some(told) = told
            && news.send(told).await.is_err()
        {
            return;
        }
    }
}
