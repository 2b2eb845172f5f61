//! What the end-to-end tests stand on: a real Better Auth, real databases and the service itself, each in a folder of
//! its own on loopback.

pub mod answer;
pub mod better_auth;
pub mod cookie_cache;
pub mod database;
pub mod endings;
pub mod everywhere;
pub mod examined;
pub mod hook;
pub mod judged;
pub mod known;
pub mod mariadb;
pub mod nginx;
pub mod pgbouncer;
pub mod pooler;
pub mod port;
pub mod postgres;
pub mod presented;
pub mod process;
pub mod program;
pub mod proxy;
pub mod redis;
pub mod remembering;
pub mod service;
pub mod settings;
pub mod signed_in;
pub mod site;
pub mod sql;
pub mod triggers;
pub mod version;
pub mod wait;
pub mod web;
