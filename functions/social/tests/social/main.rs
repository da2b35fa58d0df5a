//! Signing in by another service's word, on the host: every route through the whole pipeline, over a migrated
//! SQLite and scripted services. The rules that WeChat itself enforces are met in the black-box tests.

#![cfg(test)]

mod hijacking;
mod identities;
mod issuer;
mod merging;
mod oauth;
mod service;
mod statements;
mod wechat;
mod wechat_phone;
