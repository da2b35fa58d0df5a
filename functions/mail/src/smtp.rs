//! What is said to an SMTP server to hand it one letter (RFC 5321). It is said over a `Wire`, so that every
//! answer a server may give is tested without one. A connection that cannot be secured as configured is not used.

use base64ct::{Base64, Encoding};
use shared::platform::Socket;

use crate::sender::Failure;

/// A connection to a server.
pub trait Wire {
    /// The next bytes; none when the other side has ended.
    fn read(&mut self) -> impl Future<Output = Result<Vec<u8>, String>>;
    /// Writes all bytes.
    fn write(&mut self, bytes: &[u8]) -> impl Future<Output = Result<(), String>>;
    /// Goes on under TLS.
    fn start_tls(&mut self) -> impl Future<Output = Result<(), String>>;
}

impl Wire for Socket {
    async fn read(&mut self) -> Result<Vec<u8>, String> {
        Self::read(self).await
    }

    async fn write(&mut self, bytes: &[u8]) -> Result<(), String> {
        Self::write(self, bytes).await
    }

    async fn start_tls(&mut self) -> Result<(), String> {
        Self::start_tls(self).await
    }
}

/// Whom the server knows us as.
pub struct Login {
    /// The user.
    pub username: String,
    /// The password.
    pub password: String,
}

/// What is to be handed over.
pub struct Order<'a> {
    /// The sender's address.
    pub from: &'a str,
    /// The recipient's.
    pub to: &'a str,
    /// The whole message, lines ended by CRLF.
    pub message: &'a str,
    /// Whom the server knows us as.
    pub login: Option<&'a Login>,
    /// Whether the connection is plain and must be secured first (RFC 3207).
    pub starts_tls: bool,
}

/// Hands one letter over and says goodbye.
///
/// # Errors
/// `Refused` when the server refuses the recipient or the letter for good (5yz); `Later` for all else: what is
/// wrong with our login or our address may be mended.
pub async fn converse(wire: &mut impl Wire, order: &Order<'_>) -> Result<(), Failure> {
    let mut talk = Talk { wire, heard: Vec::new() };
    talk.expect(220, "greeting").await?;
    let name = order.from.rsplit_once('@').map_or("localhost", |(_, domain)| domain);
    let hello = format!("EHLO {}", if name.is_ascii() { name } else { "localhost" });
    let mut skills = talk.command(&hello, 250).await?;
    if order.starts_tls {
        skills = talk.secure(&skills, &hello).await?;
    }
    if let Some(login) = order.login {
        talk.log_in(&skills, login).await?;
    }
    talk.hand_over(&skills, order).await?;
    // The letter is the server's now, whatever it says to this.
    let _ = talk.say("QUIT").await;
    Ok(())
}

/// A reply: its code and its lines without it (RFC 5321 §4.2).
struct Reply {
    code: u16,
    lines: Vec<String>,
}

impl Reply {
    /// The parameters of an extension that the server has.
    fn skill(&self, keyword: &str) -> Option<&str> {
        self.lines.iter().find_map(|line| {
            let (word, rest) = line.split_once([' ', '=']).unwrap_or((line, ""));
            word.eq_ignore_ascii_case(keyword).then_some(rest)
        })
    }
}

/// Longer replies are no mail server's.
const LONGEST: usize = 64 * 1024;

struct Talk<'w, W> {
    wire: &'w mut W,
    heard: Vec<u8>,
}

impl<W: Wire> Talk<'_, W> {
    async fn say(&mut self, line: &str) -> Result<(), Failure> {
        // No value that is put into a command may end it.
        if line.contains(['\r', '\n', '\0']) {
            return Err(Failure::Refused("a command with a line break".to_owned()));
        }
        self.wire.write(format!("{line}\r\n").as_bytes()).await.map_err(Failure::Later)
    }

    async fn command(&mut self, line: &str, code: u16) -> Result<Reply, Failure> {
        self.say(line).await?;
        // The first word alone: what follows it may be a password.
        let what = line.split(' ').next().unwrap_or_default().to_owned();
        self.expect(code, &what).await
    }

    async fn expect(&mut self, code: u16, what: &str) -> Result<Reply, Failure> {
        let reply = self.reply().await?;
        if reply.code == code { Ok(reply) } else { Err(Failure::Later(told(what, &reply))) }
    }

    async fn line(&mut self) -> Result<String, Failure> {
        loop {
            if let Some(end) = self.heard.iter().position(|byte| *byte == b'\n') {
                let line: Vec<u8> = self.heard.drain(..=end).collect();
                return Ok(String::from_utf8_lossy(&line).trim_end().to_owned());
            }
            let more = self.wire.read().await.map_err(Failure::Later)?;
            if more.is_empty() || self.heard.len() + more.len() > LONGEST {
                return Err(Failure::Later("the server broke off, or talks without end".to_owned()));
            }
            self.heard.extend(more);
        }
    }

    async fn reply(&mut self) -> Result<Reply, Failure> {
        let mut lines = Vec::new();
        loop {
            let line = self.line().await?;
            let code = line.get(..3).and_then(|code| code.parse::<u16>().ok());
            let code = code.ok_or_else(|| Failure::Later("this is no mail server".to_owned()))?;
            lines.push(line.get(4..).unwrap_or_default().to_owned());
            if line.as_bytes().get(3) != Some(&b'-') {
                return Ok(Reply { code, lines });
            }
            if lines.len() > 100 {
                return Err(Failure::Later("the server talks without end".to_owned()));
            }
        }
    }

    /// Goes on under TLS. A server that does not offer it is not talked to: somebody between may have cut
    /// the offer out. What was sent along with the answer would be read as if it came under TLS; it is refused.
    async fn secure(&mut self, skills: &Reply, hello: &str) -> Result<Reply, Failure> {
        if skills.skill("STARTTLS").is_none() {
            return Err(Failure::Later("the server offers no STARTTLS".to_owned()));
        }
        self.command("STARTTLS", 220).await?;
        if !self.heard.is_empty() {
            return Err(Failure::Later("the server spoke before TLS was there".to_owned()));
        }
        self.wire.start_tls().await.map_err(Failure::Later)?;
        self.command(hello, 250).await
    }

    /// PLAIN (RFC 4616), or LOGIN where a server knows nothing better.
    async fn log_in(&mut self, skills: &Reply, login: &Login) -> Result<(), Failure> {
        let offered = skills.skill("AUTH").unwrap_or_default().to_ascii_uppercase();
        let offers = |mechanism: &str| offered.split([' ', '=']).any(|word| word == mechanism);
        let base64 = |text: &str| Base64::encode_string(text.as_bytes());
        let Login { username, password } = login;
        if offers("PLAIN") {
            self.command(&format!("AUTH PLAIN {}", base64(&format!("\0{username}\0{password}"))), 235).await?;
        } else if offers("LOGIN") {
            self.command("AUTH LOGIN", 334).await?;
            self.say(&base64(username)).await?;
            self.expect(334, "the user").await?;
            self.say(&base64(password)).await?;
            self.expect(235, "the password").await?;
        } else {
            return Err(Failure::Later("the server offers no login that we know".to_owned()));
        }
        Ok(())
    }

    async fn hand_over(&mut self, skills: &Reply, order: &Order<'_>) -> Result<(), Failure> {
        let wide = !order.to.is_ascii() || !order.from.is_ascii();
        if wide && skills.skill("SMTPUTF8").is_none() {
            return Err(Failure::Refused("the server takes no such address (RFC 6531)".to_owned()));
        }
        let more = if wide { " SMTPUTF8" } else { "" };
        self.command(&format!("MAIL FROM:<{}>{more}", order.from), 250).await?;
        self.say(&format!("RCPT TO:<{}>", order.to)).await?;
        self.judged("RCPT", &[250, 251]).await?;
        self.command("DATA", 354).await?;
        let data = stuffed(order.message);
        self.wire.write(data.as_bytes()).await.map_err(Failure::Later)?;
        self.judged("the letter", &[250]).await
    }

    /// An answer that is about this recipient or this letter.
    async fn judged(&mut self, what: &str, good: &[u16]) -> Result<(), Failure> {
        let reply = self.reply().await?;
        match reply.code {
            code if good.contains(&code) => Ok(()),
            500..=599 => Err(Failure::Refused(told(what, &reply))),
            _ => Err(Failure::Later(told(what, &reply))),
        }
    }
}

/// For the log: the code, and the server's first line without what it may repeat of an address.
fn told(what: &str, reply: &Reply) -> String {
    let line = reply.lines.first().map_or("", String::as_str);
    let words = line.split_whitespace().filter(|word| !word.contains('@')).take(12);
    let words: Vec<&str> = words.collect();
    format!("{what}: {} {}", reply.code, words.join(" "))
}

/// The message with a dot before each line that begins with one, and the dot that ends it (RFC 5321 §4.5.2).
fn stuffed(message: &str) -> String {
    let mut data = String::with_capacity(message.len() + 16);
    for line in message.split("\r\n") {
        if line.starts_with('.') {
            data.push('.');
        }
        data.push_str(line);
        data.push_str("\r\n");
    }
    data.push_str(".\r\n");
    data
}
