//! What the end-to-end tests stand on: a real Better Auth and real databases, each in a folder of its own on loopback.

pub mod better_auth;
pub mod database;
pub mod mariadb;
pub mod port;
pub mod postgres;
pub mod process;
pub mod program;
pub mod signed_in;
