//! The program as its users meet it: a process with its arguments, exit status, log and connections. Needs nothing but
//! loopback and SQLite files.

mod commands;
mod connections;
mod contract;
mod cors;
mod docs;
mod http;
mod identity;
mod limits;
mod logs;
mod parts;
mod strategies;
mod tokens;
