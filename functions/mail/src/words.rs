//! The words of all letters, in English and Chinese. `{app}` is the sender's name, `{life}` how long the link
//! can be used, `{about}` the other address of a change. Each says what happens next, and what to do if one
//! did not ask for it.

use shared::accounts::letters::Letter;

/// A language that letters are written in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Language {
    /// English.
    En,
    /// Chinese, in simplified characters.
    Zh,
}

impl Language {
    /// Both.
    pub const ALL: [Self; 2] = [Self::En, Self::Zh];

    /// The language for a tag of RFC 5646; English for those that are not written here.
    pub fn of(locale: &str) -> Self {
        let primary = locale.split(['-', '_']).next().unwrap_or_default();
        if primary.eq_ignore_ascii_case("zh") { Self::Zh } else { Self::En }
    }

    /// Its tag.
    pub const fn tag(self) -> &'static str {
        match self {
            Self::En => "en",
            Self::Zh => "zh-CN",
        }
    }

    /// Before the link as text.
    pub(crate) const fn copy(self) -> &'static str {
        match self {
            Self::En => "Or copy this link into your browser:",
            Self::Zh => "或者把下面的链接复制到浏览器中打开：",
        }
    }

    /// A time span.
    pub(crate) fn life(self, minutes: u64) -> String {
        match (self, minutes) {
            (Self::En, 60) => "1 hour".to_owned(),
            (Self::En, 0..60) => format!("{minutes} minutes"),
            (Self::En, 60..2880) => format!("{} hours", minutes / 60),
            (Self::En, _) => format!("{} days", minutes / 1440),
            (Self::Zh, 0..60) => format!("{minutes} 分钟"),
            (Self::Zh, 60..2880) => format!("{} 小时", minutes / 60),
            (Self::Zh, _) => format!("{} 天", minutes / 1440),
        }
    }
}

/// The words of one kind of letter in one language.
pub struct Words {
    /// The subject.
    pub subject: &'static str,
    /// Paragraphs before the link.
    pub before: &'static [&'static str],
    /// What the link is called; empty for letters without one.
    pub button: &'static str,
    /// Paragraphs behind it.
    pub after: &'static [&'static str],
}

/// The words for a letter.
pub const fn of(letter: Letter, language: Language) -> Words {
    match language {
        Language::En => english(letter),
        Language::Zh => chinese(letter),
    }
}

const fn english(letter: Letter) -> Words {
    match letter {
        Letter::Verify => Words {
            subject: "{app}: confirm your e-mail address",
            before: &["Somebody, hopefully you, registered this address with {app}. Confirm it to use the account."],
            button: "Confirm the address",
            after: &[
                "The link works once, within {life}. You will be asked for the password that was chosen at registration.",
                "If you did not register, do nothing: without your confirmation nobody can use the account.",
            ],
        },
        Letter::Reset => Words {
            subject: "{app}: choose a new password",
            before: &["A new password was asked for, for the account with this address."],
            button: "Choose a new password",
            after: &[
                "The link works once, within {life}. A new password signs you out everywhere else.",
                "If you did not ask for it, do nothing: your password stays as it is.",
            ],
        },
        Letter::Magic => Words {
            subject: "{app}: your sign-in link",
            before: &["Sign in to {app} with this link."],
            button: "Sign in",
            after: &[
                "The link works once, within {life}.",
                "If you did not ask for it, do nothing, and give the link to nobody: it opens your account.",
            ],
        },
        Letter::Change => Words {
            subject: "{app}: confirm your new e-mail address",
            before: &["Somebody, hopefully you, wants to use this address for their account with {app}."],
            button: "Confirm the new address",
            after: &[
                "The link works once, within {life}. You will be asked for the account's password.",
                "If you did not ask for it, do nothing: this address stays unused.",
            ],
        },
        Letter::Known => Words {
            subject: "{app}: you have an account already",
            before: &[
                "Somebody, perhaps you, tried to use this address for an account with {app}. There is one with this \
address already, and nothing about it was changed.",
            ],
            button: "",
            after: &[
                "If it was you: sign in as usual, or ask for a new password if you have forgotten it.",
                "If it was not you, do nothing.",
            ],
        },
        Letter::Changing => Words {
            subject: "{app}: a change of your e-mail address was asked for",
            before: &[
                "A change of your account's address to {about} was asked for, with your password. It takes effect when \
it is confirmed there.",
            ],
            button: "",
            after: &[
                "If it was not you, somebody knows your password: ask for a new one now. That ends every session and the \
change with it.",
            ],
        },
        Letter::Changed => Words {
            subject: "{app}: your e-mail address was changed",
            before: &["Your account's address was changed to {about}. Letters about the account go there from now on."],
            button: "",
            after: &["If it was not you, write to those who run {app} at once."],
        },
        Letter::Unusual => Words {
            subject: "{app}: a sign-in that is unlike your earlier ones",
            before: &["Somebody, hopefully you, signed in to your account: {about}."],
            button: "",
            after: &[
                "If it was you, do nothing: you will not hear of this device again.",
                "If it was not you, somebody can get into your account: choose a new password now. That ends every session.",
            ],
        },
        Letter::Reused => Words {
            subject: "{app}: a session of yours was ended to protect you",
            before: &[
                "What keeps one of your devices signed in was used a second time ({about}). That happens when it was copied, so \
the session was ended, for you and for whoever else had it.",
            ],
            button: "",
            after: &["Sign in again. If you suspect somebody, choose a new password: that ends every session."],
        },
        Letter::Invite => Words {
            subject: "{app}: you are invited",
            before: &["{about} invites you to join their organisation on {app}."],
            button: "See the invitation",
            after: &[
                "The link works once, within {life}, for an account with this address. You will see the organisation's name \
before you join.",
                "If you do not know who this is, do nothing.",
            ],
        },
        Letter::Impersonated => Words {
            subject: "{app}: an administrator is using your account",
            before: &[
                "An administrator of {app} has begun to act as you, for at most 15 minutes. They see what you see; your \
password, keys and other secrets stay closed to them.",
            ],
            button: "",
            after: &[
                "Who it was and the reason they gave stand in the list of your account's events; you can end it in the list \
of your sessions.",
                "If you did not expect this, write to those who run {app}.",
            ],
        },
        Letter::PasswordChanged => Words {
            subject: "{app}: your password was changed",
            before: &["The password of your account was changed. You were signed out everywhere else."],
            button: "",
            after: &["If it was not you, ask for a new password now: that signs everybody else out."],
        },
        Letter::Budget => Words {
            subject: "{app}: a budget for calls to models is nearly spent",
            before: &["Of a budget for calls to models this much is spent: {about}."],
            button: "",
            after: &[
                "Calls that could cost more than is left are refused with 402. They are admitted again when the period begins \
anew, or when the budget is raised.",
            ],
        },
    }
}

const fn chinese(letter: Letter) -> Words {
    match letter {
        Letter::Verify => Words {
            subject: "{app}：请确认您的邮箱",
            before: &["有人（希望是您本人）用这个邮箱注册了 {app}。确认之后账号才能使用。"],
            button: "确认邮箱",
            after: &[
                "链接只能使用一次，{life}内有效。确认时需要输入注册时设置的密码。",
                "如果不是您注册的，无需任何操作：没有您的确认，谁也不能使用这个账号。",
            ],
        },
        Letter::Reset => Words {
            subject: "{app}：设置新密码",
            before: &["我们收到了为该邮箱的账号设置新密码的请求。"],
            button: "设置新密码",
            after: &[
                "链接只能使用一次，{life}内有效。设置新密码后，其他设备上的登录都会失效。",
                "如果不是您请求的，无需任何操作：密码不会改变。",
            ],
        },
        Letter::Magic => Words {
            subject: "{app}：您的登录链接",
            before: &["请用下面的链接登录 {app}。"],
            button: "登录",
            after: &[
                "链接只能使用一次，{life}内有效。",
                "如果不是您请求的，无需任何操作，也不要把链接交给别人：它可以打开您的账号。",
            ],
        },
        Letter::Change => Words {
            subject: "{app}：请确认新邮箱",
            before: &["有人（希望是您本人）想把这个邮箱用于自己的 {app} 账号。"],
            button: "确认新邮箱",
            after: &[
                "链接只能使用一次，{life}内有效。确认时需要输入账号的密码。",
                "如果不是您请求的，无需任何操作：这个邮箱不会被使用。",
            ],
        },
        Letter::Known => Words {
            subject: "{app}：您已经有账号了",
            before: &["有人（也许是您本人）想用这个邮箱开通 {app} 账号。该邮箱已经有账号，账号没有任何改动。"],
            button: "",
            after: &["如果是您本人：请照常登录；忘记密码可以设置新密码。", "如果不是您，无需任何操作。"],
        },
        Letter::Changing => Words {
            subject: "{app}：有人请求更换您的邮箱",
            before: &["有人用您的密码请求把账号的邮箱换成 {about}。在新邮箱确认之后才会生效。"],
            button: "",
            after: &["如果不是您，说明有人知道了您的密码：请马上设置新密码，所有登录和这次更换都会随之失效。"],
        },
        Letter::Changed => Words {
            subject: "{app}：您的邮箱已更换",
            before: &["您账号的邮箱已换成 {about}。今后与账号有关的邮件都发到那里。"],
            button: "",
            after: &["如果不是您，请马上联系 {app} 的运营者。"],
        },
        Letter::Unusual => Words {
            subject: "{app}：一次与以往不同的登录",
            before: &["有人（希望是您本人）登录了您的账号：{about}。"],
            button: "",
            after: &[
                "如果是您本人，无需任何操作：同一设备不会再次提醒。",
                "如果不是您，说明有人能进入您的账号：请马上设置新密码，所有登录都会随之失效。",
            ],
        },
        Letter::Reused => Words {
            subject: "{app}：为保护您，一个登录已被结束",
            before: &[
                "您某台设备的登录凭证被第二次使用（{about}）。凭证被复制时会出现这种情况，因此这个登录已经结束，无论由谁持有都不能再用。",
            ],
            button: "",
            after: &["请重新登录。如果怀疑有人盗用，请设置新密码，所有登录都会随之失效。"],
        },
        Letter::Invite => Words {
            subject: "{app}：您收到了邀请",
            before: &["{about} 邀请您加入其在 {app} 的组织。"],
            button: "查看邀请",
            after: &[
                "链接只能使用一次，{life}内有效，且只对使用这个邮箱的账号有效。加入之前您会看到组织的名称。",
                "如果您不认识对方，无需任何操作。",
            ],
        },
        Letter::Impersonated => Words {
            subject: "{app}：管理员正在使用您的账号",
            before: &[
                "{app} 的一位管理员开始以您的身份操作，最长 15 分钟。管理员能看到您所看到的内容，但不能接触您的密码、密钥和其他机密。",
            ],
            button: "",
            after: &[
                "操作者和原因记录在您账号的安全事件中；您可以在登录列表中结束它。",
                "如果这出乎您的意料，请联系 {app} 的运营者。",
            ],
        },
        Letter::PasswordChanged => Words {
            subject: "{app}：您的密码已更改",
            before: &["您账号的密码已更改，其他设备上的登录都已失效。"],
            button: "",
            after: &["如果不是您，请马上设置新密码：其他人的登录都会随之失效。"],
        },
        Letter::Budget => Words {
            subject: "{app}：模型调用预算即将用尽",
            before: &["模型调用预算的使用情况：{about}。"],
            button: "",
            after: &["可能超出余额的调用会被拒绝（402）。新的周期开始或预算提高之后，调用会恢复。"],
        },
    }
}
