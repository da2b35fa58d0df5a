//! `POST /v1/auth/wechat/phone`: the number, and the app's access token behind it.

use std::cell::{Cell, RefCell};
use std::rc::Rc;

use serde_json::{Value, json};
use shared::platform::Scripted;

use crate::service::{Service, jscode2session, told};

/// A WeChat whose access tokens are `t1`, `t2`…: a new one for every force, and `refuses` those it is told.
fn wechat(refuses: &'static [&'static str], asked: Rc<RefCell<Vec<bool>>>) -> impl Fn(&str, &Value) -> Scripted {
    let tokens = Cell::new(1);
    move |path, body| match path.split('?').next() {
        Some("/cgi-bin/stable_token") => {
            let force = body["force_refresh"] == json!(true);
            tokens.set(tokens.get() + u32::from(force));
            asked.borrow_mut().push(force);
            told(&json!({"access_token": format!("t{}", tokens.get()), "expires_in": 7200}))
        }
        Some("/wxa/business/getuserphonenumber") => {
            let token = path.split('=').nth(1).unwrap();
            if refuses.contains(&token) {
                return told(&json!({"errcode": 40001, "errmsg": "invalid credential"}));
            }
            let code: i64 = body["code"].as_str().unwrap().parse().unwrap();
            let info = json!({"phoneNumber": "13800138000", "purePhoneNumber": "13800138000", "countryCode": "86",
                "watermark": {"timestamp": 1, "appid": "wx1"}});
            told(&json!({"errcode": code, "errmsg": "", "phone_info": info}))
        }
        _ => jscode2session(path, body),
    }
}

struct Phone {
    service: Service,
    token: String,
    forced: Rc<RefCell<Vec<bool>>>,
}

impl Phone {
    fn new(refuses: &'static [&'static str]) -> Self {
        let forced = Rc::default();
        let service = Service::with(&[], wechat(refuses, Rc::clone(&forced)));
        let (_, reply) = service.wechat("wx1", "oA");
        let token = reply["access_token"].as_str().unwrap().to_owned();
        Self { service, token, forced }
    }

    fn bind(&self, code: &str) -> (u16, Value) {
        let out = self.service.send("POST", "/v1/auth/wechat/phone", &self.token, &json!({ "code": code }));
        self.service.bench.settle();
        (out.status, serde_json::from_slice(&out.body).unwrap_or_default())
    }
}

#[test]
fn the_number_is_kept_in_e_164_and_replaced_by_the_next() {
    let phone = Phone::new(&[]);
    let (status, reply) = phone.bind("0");
    assert_eq!((status, reply["phone_number"].as_str()), (200, Some("+8613800138000")));
    phone.bind("0");
    assert_eq!(phone.service.value("SELECT count(*) AS value FROM phones"), "1");
    assert_eq!(phone.service.value("SELECT number || source AS value FROM phones"), "+8613800138000wechat");
}

#[test]
fn the_access_token_is_asked_for_once_and_then_taken_from_kv() {
    let phone = Phone::new(&[]);
    phone.bind("0");
    phone.bind("0");
    assert_eq!(*phone.forced.borrow(), [false]);
}

#[test]
fn a_token_that_wechat_refuses_is_replaced_with_force_where_the_same_comes_again() {
    let phone = Phone::new(&["t1"]);
    assert_eq!(phone.bind("0").0, 200);
    assert_eq!(*phone.forced.borrow(), [false, false, true]);
}

#[test]
fn a_wechat_that_refuses_every_token_is_502() {
    let phone = Phone::new(&["t1", "t2"]);
    assert_eq!(phone.bind("0").0, 502);
}

#[test]
fn each_errcode_has_its_status_and_binds_nothing() {
    let phone = Phone::new(&[]);
    for (code, status) in [("40029", 401), ("45011", 429), ("-1", 503), ("12345", 502)] {
        assert_eq!(phone.bind(code).0, status);
    }
    assert_eq!(phone.service.value("SELECT count(*) AS value FROM phones"), "0");
}

#[test]
fn the_number_is_bound_to_the_caller_alone() {
    let phone = Phone::new(&[]);
    let other = phone.service.enter("wx1", "oB");
    phone.bind("0");
    assert_ne!(phone.service.value("SELECT user_id AS value FROM phones"), other);
    assert_eq!(phone.service.send("POST", "/v1/auth/wechat/phone", "", &json!({"code": "0"})).status, 401);
}
