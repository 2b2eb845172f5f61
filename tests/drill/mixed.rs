//! Who asks during an outage: many who are signed in, and some who are not.

use std::sync::Arc;

use super::{
    connection,
    crowd::{crowd, jwts},
    figures::Statuses,
    forged,
    load::{Asked, Load},
};
use crate::parts::{better_auth::BetterAuth, presented::Presented, service::Service, signed_in::SignedIn};

/// What is presented.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Kind {
    Session,
    Jwt,
    /// Signed out, or signed by somebody else.
    Bad,
}

impl Kind {
    /// What has to be answered when all is well.
    pub fn status(self) -> u16 {
        if self == Self::Bad { 401 } else { 200 }
    }
}

/// Who asks, over and over.
pub struct Mixed {
    /// So often that they are remembered most of the time.
    hot: Vec<Presented>,
    /// So seldom that they never are.
    cold: Vec<Presented>,
    jwts: Vec<Presented>,
    signed_out: Vec<Presented>,
    /// Forgeries are made after these.
    session: SignedIn,
    jwt: String,
}

impl Mixed {
    /// Two hundred who are signed in, and some who are not.
    pub async fn of(better_auth: &BetterAuth) -> Arc<Self> {
        let mut sessions = crowd(better_auth, 231).await;
        let session = sessions.remove(0);
        let jwts = jwts(better_auth, &sessions[..20]).await;
        let signed_out = sessions.split_off(210);
        for session in &signed_out {
            better_auth.sign_out(session).await;
        }
        let bearers = |sessions: &[_]| sessions.iter().map(Presented::bearer).collect();
        Arc::new(Self {
            hot: bearers(&sessions[..10]),
            cold: bearers(&sessions[10..]),
            signed_out: bearers(&signed_out),
            session,
            jwt: jwts[0].clone(),
            jwts: jwts.into_iter().map(Presented::Bearer).collect(),
        })
    }

    /// The request that comes after so many.
    fn ask(&self, number: usize) -> (Kind, Arc<str>) {
        let of = |crowd: &[Presented]| crowd[(number / 10 * 4 + number % 4) % crowd.len()].clone();
        let (kind, presented) = match number % 10 {
            0..4 => (Kind::Session, of(&self.hot)),
            4 | 5 => (Kind::Session, of(&self.cold)),
            6 => (Kind::Jwt, of(&self.jwts)),
            7 => (Kind::Bad, of(&self.signed_out)),
            8 => (Kind::Bad, forged::session(&self.session, number)),
            _ => (Kind::Bad, forged::jwt(&self.jwt, number)),
        };
        (kind, connection::me(&presented).into())
    }

    /// All of them, so many times a second.
    pub fn load(self: &Arc<Self>, service: &Service, rate: u32) -> Load<Kind> {
        let (mixed, mut number) = (self.clone(), 0);
        Load::start(service, rate, move || {
            number += 1;
            mixed.ask(number)
        })
    }
}

/// What was answered, by what was presented.
pub fn told(asked: &[Asked<Kind>]) -> String {
    let of = |kind| -> Statuses {
        asked.iter().filter(|asked| asked.label == kind).map(|asked| asked.status).collect()
    };
    format!("sessions {}; JWTs {}; bad {}", of(Kind::Session), of(Kind::Jwt), of(Kind::Bad))
}
