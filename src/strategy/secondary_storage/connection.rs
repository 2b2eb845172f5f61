use std::time::Duration;

use redis::{
    AsyncConnectionConfig, AsyncTypedCommands, Client, RedisError, RedisResult, aio::MultiplexedConnection,
};
use tokio::sync::Mutex;

/// A connection that is not made by then will not be made in time.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(2);

/// The one connection to Redis that all look-ups share, opened on first use. One that breaks or falls silent is given up
/// for a new one, and the look-up goes on there: the driver itself would wait on it for ever.
pub struct Connection {
    client: Client,
    config: AsyncConnectionConfig,
    current: Mutex<Current>,
}

#[derive(Default)]
struct Current {
    open: Option<MultiplexedConnection>,
    /// How many have been given up.
    given_up: u64,
}

impl Connection {
    /// `timeout` is what a look-up has in all: time for a first answer, a new connection and a second answer.
    pub fn new(url: &str, timeout: Duration) -> RedisResult<Self> {
        let patience = timeout / 3;
        let config = AsyncConnectionConfig::new()
            .set_connection_timeout(Some(CONNECT_TIMEOUT.min(patience)))
            .set_response_timeout(Some(patience));
        Ok(Self { client: Client::open(url)?, config, current: Mutex::default() })
    }

    /// The text under a key.
    pub async fn get(&self, key: &str) -> RedisResult<Option<String>> {
        let (mut connection, number) = self.open().await?;
        match connection.get(key).await {
            Err(error) if is_dead(&error) => {
                self.give_up(number).await;
                self.open().await?.0.get(key).await
            }
            answer => answer,
        }
    }

    async fn open(&self) -> RedisResult<(MultiplexedConnection, u64)> {
        let mut current = self.current.lock().await;
        let number = current.given_up;
        if let Some(connection) = &current.open {
            return Ok((connection.clone(), number));
        }
        let opened = self.client.get_multiplexed_async_connection_with_config(&self.config).await?;
        Ok((current.open.insert(opened).clone(), number))
    }

    /// Lets go of a connection, unless somebody else has already.
    async fn give_up(&self, number: u64) {
        let mut current = self.current.lock().await;
        if current.given_up == number {
            current.open = None;
            current.given_up += 1;
        }
    }
}

fn is_dead(error: &RedisError) -> bool {
    error.is_io_error() || error.is_unrecoverable_error()
}
