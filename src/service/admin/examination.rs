use std::{sync::Arc, time::Duration};

use futures_util::{
    FutureExt,
    future::{BoxFuture, Shared, WeakShared},
};
use parking_lot::Mutex;
use tokio::time::timeout;

use crate::{
    config::{Config, Warning},
    problem::{Kind, Problem},
    service::doctor,
};

/// It waits for Better Auth and for every store in turn, each of which may be out of reach.
pub const LONGEST: Duration = Duration::from_mins(1);

type Report = BoxFuture<'static, Arc<str>>;

/// Has `doctor` examine this service, by the configuration that it runs with. One examination at a time: whoever asks meanwhile
/// gets the same report. It ends when nobody waits for it any more.
pub struct Examination {
    config: Arc<Config>,
    warnings: Vec<Warning>,
    under_way: Mutex<Option<WeakShared<Report>>>,
}

impl Examination {
    /// `warnings` are what reading the configuration said.
    pub fn new(config: Arc<Config>, warnings: Vec<Warning>) -> Self {
        Self { config, warnings, under_way: Mutex::default() }
    }

    /// The report, as JSON.
    pub async fn report(&self) -> Result<Arc<str>, Problem> {
        timeout(LONGEST, self.begin_or_join()).await.map_err(|_| {
            Problem::new(Kind::Unavailable).with_detail(format!(
                "the examination took longer than {} s and was given up: run better-auth-verifier doctor beside the service",
                LONGEST.as_secs()
            ))
        })
    }

    fn begin_or_join(&self) -> Shared<Report> {
        let mut under_way = self.under_way.lock();
        // One that has ended is not joined: what it saw is over.
        let joined = under_way.as_ref().and_then(WeakShared::upgrade).filter(|one| one.peek().is_none());
        joined.unwrap_or_else(|| {
            let (config, warnings) = (self.config.clone(), self.warnings.clone());
            let examined = async move { doctor::examine(&config, warnings, None).await.json().into() };
            let begun = examined.boxed().shared();
            *under_way = begun.downgrade();
            begun
        })
    }
}

#[cfg(test)]
mod tests {
    use std::{
        future::pending,
        io::{BufRead, BufReader, Write},
        net::{TcpListener, TcpStream},
        thread,
    };

    use tokio::{
        join,
        runtime::Handle,
        sync::mpsc,
        time::{Instant, sleep},
    };

    use super::*;

    fn of(better_auth: &str) -> Examination {
        let config = format!(
            "strategies = ['jwt']
             better_auth.url = '{better_auth}'
             todos.enabled = false
             revocation.persist = false"
        );
        Examination::new(Arc::new(Config::from_toml(&config).expect("a configuration")), Vec::new())
    }

    #[tokio::test]
    async fn one_report_is_for_all_who_wait_for_it() {
        let examination = of("http://127.0.0.1:9");
        let (one, other) = join!(examination.report(), examination.report());
        let (one, other) = (one.expect("a report"), other.expect("a report"));
        assert!(Arc::ptr_eq(&one, &other) && one.contains("better_auth.internal_url"), "{one}");
        let next = examination.report().await.expect("a report");
        assert!(!Arc::ptr_eq(&one, &next), "what was seen before is not shown again");
    }

    #[tokio::test(start_paused = true)]
    async fn one_that_does_not_end_is_given_up() {
        let examination = of("http://127.0.0.1:9");
        let endless = pending().boxed().shared();
        *examination.under_way.lock() = endless.downgrade();
        let begun = Instant::now();
        let problem = examination.report().await.expect_err("no report");
        assert_eq!((problem.kind(), begun.elapsed()), (Kind::Unavailable, LONGEST));
        assert!(problem.body().contains("better-auth-verifier doctor"), "{}", problem.body());
    }

    /// A Better Auth that answers, except for its keys. Who asks for these comes out of the channel.
    fn without_keys() -> (String, mpsc::UnboundedReceiver<TcpStream>) {
        let (asked, keys_asked) = mpsc::unbounded_channel();
        let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
        let url = format!("http://{}", listener.local_addr().expect("an address"));
        thread::spawn(move || {
            for mut stream in listener.incoming().flatten() {
                let mut line = String::new();
                let _ = BufReader::new(&stream).read_line(&mut line);
                if line.contains("/jwks ") {
                    let _ = asked.send(stream);
                } else {
                    let answer =
                        "HTTP/1.1 200 OK\r\nContent-Length: 11\r\nConnection: close\r\n\r\n{\"ok\":true}";
                    let _ = stream.write_all(answer.as_bytes());
                }
            }
        });
        (url, keys_asked)
    }

    #[tokio::test]
    async fn nothing_goes_on_when_nobody_waits() {
        let (url, mut keys_asked) = without_keys();
        let examination = of(&url);
        let alive = || Handle::current().metrics().num_alive_tasks();
        let before = alive();
        let mut report = Box::pin(examination.report());
        let begun = async {
            tokio::select! {
                _ = &mut report => panic!("the keys are missing"),
                asked = keys_asked.recv() => asked.expect("a connection"),
            }
        };
        let _unanswered = timeout(Duration::from_secs(10), begun).await.expect("the keys are asked for");
        assert!(alive() > before, "the strategies have tasks");
        drop(report);
        let ended = async {
            while alive() > before {
                sleep(Duration::from_millis(10)).await;
            }
        };
        timeout(Duration::from_secs(2), ended).await.expect("all of it ends");
        assert!(examination.under_way.lock().as_ref().is_some_and(|one| one.upgrade().is_none()));
    }
}
