//! Many requests as close together as can be.

use std::iter::zip;

use futures_util::{StreamExt, future::join_all, stream};

use super::connection::{Connection, get};
use crate::parts::service::Service;

/// Opens so many connections first, then asks everything: each connection its share, one after the other. Answers with
/// the statuses, in no order.
pub async fn storm(service: &Service, connections: usize, requests: Vec<String>) -> Vec<u16> {
    let open = |_| async {
        let mut connection = Connection::open(service.url()).await.expect("a connection");
        // Only now it is surely accepted; to wait for that is no part of the storm.
        assert_eq!(connection.ask(&get("/health/live", &[])).await.expect("an answer"), 200);
        connection
    };
    let opened: Vec<_> = stream::iter(0..connections).map(open).buffer_unordered(64).collect().await;
    let mut shares = vec![Vec::new(); connections];
    for (at, request) in requests.into_iter().enumerate() {
        shares[at % connections].push(request);
    }
    let asking = zip(opened, shares).map(|(mut connection, share)| {
        tokio::spawn(async move {
            let mut statuses = Vec::new();
            for request in share {
                statuses.push(connection.ask(&request).await.expect("an answer"));
            }
            statuses
        })
    });
    join_all(asking).await.into_iter().flat_map(|statuses| statuses.expect("statuses")).collect()
}
