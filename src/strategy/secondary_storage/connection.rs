use std::{
    sync::{Arc, OnceLock},
    time::Duration,
};

use redis::{
    AsyncConnectionConfig, AsyncTypedCommands, Client, ErrorKind, IntoConnectionInfo, ProtocolVersion,
    RedisError, RedisResult, aio::MultiplexedConnection,
};
use tokio::{
    sync::Mutex,
    time::{self, timeout},
};

use super::tracking::Tracking;
use crate::revocation::{HEARTBEAT, HEARTBEAT_TIMEOUT};

/// The longest wait for a connection.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(2);

/// The one connection to Redis that all look-ups share, opened on first use. If it breaks or falls silent, a new one replaces
/// it, and the look-up goes on there: the driver itself would wait on the old one for ever.
pub struct Connection {
    client: Client,
    config: AsyncConnectionConfig,
    current: Mutex<Current>,
    tracking: OnceLock<Arc<Tracking>>,
}

#[derive(Default)]
struct Current {
    open: Option<MultiplexedConnection>,
    /// The number of connections given up.
    given_up: u64,
}

impl Connection {
    /// `timeout` is that of a whole look-up: a first answer, a new connection and a second answer.
    pub fn new(url: &str, timeout: Duration) -> RedisResult<Self> {
        let patience = timeout / 3;
        let config = AsyncConnectionConfig::new()
            .set_connection_timeout(Some(CONNECT_TIMEOUT.min(patience)))
            .set_response_timeout(Some(patience));
        Ok(Self { client: Client::open(url)?, config, current: Mutex::default(), tracking: OnceLock::new() })
    }

    /// The text under a key.
    pub async fn get(&self, key: &str) -> RedisResult<Option<String>> {
        let (connection, number) = self.open().await?;
        let bytes = match get(connection, key).await {
            Err(error) if is_dead(&error) => {
                self.give_up(number).await;
                get(self.open().await?.0, key).await?
            }
            answer => answer?,
        };
        // The driver would take a value that is no text for a fault of the connection.
        let no_text = |_| RedisError::from((ErrorKind::UnexpectedReturnType, "the value is no text"));
        bytes.map(|bytes| String::from_utf8(bytes).map_err(no_text)).transpose()
    }

    /// From now on has Redis report changes of every key read here, for as long as this is polled.
    pub async fn follow(&self, tracking: Tracking) {
        let tracking = self.tracking.get_or_init(|| Arc::new(tracking));
        tracking.awaited();
        // The open connection carries no events.
        self.current.lock().await.give_up();
        loop {
            if let Ok((mut connection, number)) = self.open().await {
                // An error such as a denied PING is an answer, too.
                let answer = timeout(HEARTBEAT_TIMEOUT, connection.ping()).await;
                let answers = answer.is_ok_and(|answer| !answer.is_err_and(|error| is_dead(&error)));
                // A connection that answers, but was meanwhile taken for lost, has to begin anew.
                if !answers || tracking.is_lost() {
                    self.give_up(number).await;
                }
            }
            time::sleep(HEARTBEAT).await;
        }
    }

    async fn open(&self) -> RedisResult<(MultiplexedConnection, u64)> {
        let mut current = self.current.lock().await;
        let number = current.given_up;
        if let Some(connection) = &current.open {
            return Ok((connection.clone(), number));
        }
        let opened = match self.tracking.get() {
            Some(tracking) => self.connect_tracked(tracking, number).await?,
            None => self.connect().await?,
        };
        Ok((current.open.insert(opened).clone(), number))
    }

    async fn connect(&self) -> RedisResult<MultiplexedConnection> {
        self.client.get_multiplexed_async_connection_with_config(&self.config).await
    }

    /// A connection with change events. If Redis refuses these (before Redis 6, a role without the right, another program that
    /// speaks its protocol), the connection is used without them.
    async fn connect_tracked(
        &self,
        tracking: &Arc<Tracking>,
        number: u64,
    ) -> RedisResult<MultiplexedConnection> {
        let info = self.client.get_connection_info().clone();
        let settings = info.redis_settings().clone().set_protocol(ProtocolVersion::RESP3);
        let client = Client::open(info.set_redis_settings(settings).into_connection_info()?)?;
        let told = tracking.clone();
        let config = self.config.clone().set_push_sender(move |push| {
            told.hear(&push, number);
            Ok::<_, RedisError>(())
        });
        let connected = async {
            let mut connection = client.get_multiplexed_async_connection_with_config(&config).await?;
            redis::cmd("CLIENT").arg("TRACKING").arg("ON").exec_async(&mut connection).await?;
            Ok(connection)
        };
        match connected.await {
            Ok(connection) => {
                tracking.listening(number);
                Ok(connection)
            }
            Err(error) if is_final(&error) => {
                let connection = self.connect().await?;
                tracking.unsupported(error);
                Ok(connection)
            }
            Err(error) => Err(error),
        }
    }

    /// Gives up a connection, unless another request already has.
    async fn give_up(&self, number: u64) {
        let mut current = self.current.lock().await;
        if current.given_up == number {
            current.give_up();
            if let Some(tracking) = self.tracking.get() {
                tracking.lost("the connection was given up");
            }
        }
    }
}

impl Current {
    fn give_up(&mut self) {
        self.open = None;
        self.given_up += 1;
    }
}

async fn get(mut connection: MultiplexedConnection, key: &str) -> RedisResult<Option<Vec<u8>>> {
    redis::cmd("GET").arg(key).query_async(&mut connection).await
}

fn is_dead(error: &RedisError) -> bool {
    error.is_io_error() || error.is_unrecoverable_error()
}

/// Whether Redis itself refuses, and would refuse again.
fn is_final(error: &RedisError) -> bool {
    const PASSING: [&str; 6] = ["LOADING", "BUSY", "TRYAGAIN", "MASTERDOWN", "CLUSTERDOWN", "NOAUTH"];
    let is_full = error.detail().is_some_and(|detail| detail.contains("max number of clients"));
    let is_passing = |code| PASSING.contains(&code) || is_full;
    error.kind() == ErrorKind::RESP3NotSupported || error.code().is_some_and(|code| !is_passing(code))
}
