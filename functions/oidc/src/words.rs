//! The words of our pages, in English and Chinese.

use shared::auth::Scope;

/// A language of our pages.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Language {
    /// English.
    En,
    /// Simplified Chinese.
    Zh,
}

impl Language {
    /// The first language of a list of tags that we have; English if there is none.
    pub fn of(tags: &str) -> Self {
        let known = |tag: &str| {
            let tag = tag.trim().to_ascii_lowercase();
            let is = |name: &str| {
                tag == name || tag.starts_with(&format!("{name}-")) || tag.starts_with(&format!("{name};"))
            };
            match (is("zh"), is("en")) {
                (true, _) => Some(Self::Zh),
                (_, true) => Some(Self::En),
                _ => None,
            }
        };
        tags.split([',', ' ']).find_map(known).unwrap_or(Self::En)
    }

    /// The tag (RFC 5646).
    pub const fn tag(self) -> &'static str {
        match self {
            Self::En => "en",
            Self::Zh => "zh-CN",
        }
    }

    const fn of_two<'a>(self, en: &'a str, zh: &'a str) -> &'a str {
        match self {
            Self::En => en,
            Self::Zh => zh,
        }
    }

    /// The words of a page by their names in its template.
    pub fn word(self, name: &str) -> &'static str {
        let (en, zh) = match name {
            "title" => ("Sign in to an app", "登录应用"),
            "device_title" => ("Connect a device", "连接设备"),
            "wants" => ("wants to use your account", "想使用您的账号"),
            "unverified" => (
                "This app registered itself. Nobody here has checked who is behind it: go on only if you have just come from it.",
                "此应用为自行注册，其身份未经核实。仅当您刚从该应用跳转而来时才继续。",
            ),
            "sign_in" => ("Sign in", "登录"),
            "email" => ("E-mail address", "邮箱地址"),
            "password" => ("Password", "密码"),
            "passkey" => ("Use a passkey", "使用通行密钥"),
            "code" => ("Code of your authenticator app, or a recovery code", "验证器应用中的验证码，或恢复代码"),
            "go_on" => ("Continue", "继续"),
            "signed_in_as" => ("You are signed in as", "当前登录账号："),
            "other" => ("Not you? Use another account", "不是您？使用其他账号"),
            "will" => ("It will be able to:", "该应用将可以："),
            "back" => ("You will go on to", "随后您将前往"),
            "back_own" => ("You will go on to an app on this machine", "随后您将前往本机上的应用"),
            "allow" => ("Allow", "允许"),
            "deny" => ("Refuse", "拒绝"),
            "cancel" => ("Cancel and go back", "取消并返回"),
            "script" => ("This page needs JavaScript.", "本页需要 JavaScript。"),
            "device_about" => ("Type the code that your device shows.", "请输入您的设备上显示的代码。"),
            "device_code" => ("Code", "代码"),
            "device_warn" => (
                "Allow it only if you have the device before you and the code is on its screen: whoever sent you a code gets into your account.",
                "仅当设备就在您面前、且代码显示在其屏幕上时才允许：若代码由他人发来，对方将获得您账号的访问权限。",
            ),
            "refused_title" => ("This request cannot be answered", "无法处理此请求"),
            "refused_client" => (
                "There is no app of this name here. Nothing was sent to anybody.",
                "此处没有该应用。未向任何人发送任何信息。",
            ),
            "refused_redirect" => (
                "The app wants an answer at an address that it did not register. Nothing was sent there.",
                "该应用要求将结果发送到未登记的地址。未向该地址发送任何信息。",
            ),
            _ => ("", ""),
        };
        self.of_two(en, zh)
    }

    /// What a scope means; a name that only an app's servers know stands for itself.
    pub fn meaning(self, scope: &str) -> &str {
        let (en, zh) = match scope {
            "openid" => ("know who you are here", "知道您在此处的身份"),
            "profile" => ("see your name, language and picture", "查看您的姓名、语言和头像"),
            "email" => ("see your e-mail address", "查看您的邮箱地址"),
            "offline_access" => ("go on while you are away, until you take it back", "在您离开后继续访问，直到您撤销"),
            name if name == Scope::UseAi.as_str() => {
                ("use AI models in your name, and spend on it", "以您的名义使用 AI 模型并产生费用")
            }
            name if name == Scope::ReadUsage.as_str() => ("see what your AI calls cost", "查看您的 AI 调用费用"),
            name if name == Scope::UseFiles.as_str() => {
                ("read, change and delete your files", "读取、更改和删除您的文件")
            }
            other => (other, other),
        };
        self.of_two(en, zh)
    }
}

#[cfg(test)]
mod tests {
    use super::Language::{self, En, Zh};
    use crate::scopes::known;

    #[test]
    fn the_first_language_that_we_have_is_taken() {
        for (tags, language) in [
            ("zh-CN,zh;q=0.9,en;q=0.8", Zh),
            ("en-GB,zh", En),
            ("de, zh-TW", Zh),
            ("zh;q=0.5", Zh),
            ("zhx", En),
            ("", En),
            ("fr en", En),
        ] {
            assert_eq!(Language::of(tags), language, "{tags}");
        }
    }

    #[test]
    fn every_scope_that_means_something_here_says_what() {
        for scope in known() {
            for language in [En, Zh] {
                assert_ne!(language.meaning(scope), scope);
            }
        }
        assert_eq!(Zh.meaning("things:read"), "things:read");
    }
}
