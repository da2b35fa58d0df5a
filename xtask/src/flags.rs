//! The flags of one command line. Each is taken by name and what nobody took is
//! refused. Not here: what a flag means.

use anyhow::{Result, bail};

/// The arguments after the command's name.
#[derive(Debug)]
pub(crate) struct Flags {
    items: Vec<String>,
}

impl Flags {
    /// Wraps the arguments as they came.
    pub(crate) fn new(items: Vec<String>) -> Self {
        Self { items }
    }

    /// Takes `--name`; true if it was there.
    pub(crate) fn switch(&mut self, name: &str) -> bool {
        let before = self.items.len();
        self.items.retain(|item| item != name);
        before != self.items.len()
    }

    /// Takes `--name VALUE` or `--name=VALUE`; the last one wins.
    pub(crate) fn value(&mut self, name: &str) -> Result<Option<String>> {
        Ok(self.values(name)?.pop())
    }

    /// Takes every `--name VALUE` or `--name=VALUE`, in order.
    pub(crate) fn values(&mut self, name: &str) -> Result<Vec<String>> {
        let mut found = Vec::new();
        let mut rest = Vec::new();
        let mut items = std::mem::take(&mut self.items).into_iter().peekable();
        while let Some(item) = items.next() {
            let joined = item.strip_prefix(name).and_then(|tail| tail.strip_prefix('='));
            if let Some(value) = joined {
                found.push(value.to_owned());
            } else if item == name {
                match items.next_if(|next| !next.starts_with("--")) {
                    Some(value) => found.push(value),
                    None => bail!("{name} needs a value"),
                }
            } else {
                rest.push(item);
            }
        }
        self.items = rest;
        Ok(found)
    }

    /// Takes the first word that is no flag, before any flag.
    pub(crate) fn word(&mut self) -> Option<String> {
        let is_word = self.items.first().is_some_and(|item| !item.starts_with('-'));
        is_word.then(|| self.items.remove(0))
    }

    /// The words that are no flags; a flag nobody took is an error.
    pub(crate) fn words(self) -> Result<Vec<String>> {
        match self.items.iter().find(|item| item.starts_with('-')) {
            Some(unknown) => bail!("there is no flag `{unknown}`; `cargo xtask help` lists them"),
            None => Ok(self.items),
        }
    }

    /// All that is left, flags included, for a program that reads them itself.
    pub(crate) fn rest(self) -> Vec<String> {
        self.items
    }
}

#[cfg(test)]
mod tests {
    use super::Flags;

    fn flags(line: &str) -> Flags {
        Flags::new(line.split_whitespace().map(str::to_owned).collect())
    }

    #[test]
    fn values_are_taken_in_both_spellings_and_in_order() {
        let mut flags = flags("--var A=1 all --var=B=2");
        assert_eq!(flags.values("--var").unwrap(), ["A=1", "B=2"]);
        assert_eq!(flags.words().unwrap(), ["all"]);
    }

    #[test]
    fn a_flag_without_its_value_is_refused() {
        assert!(flags("--port --release").value("--port").is_err());
        assert!(flags("--port").value("--port").is_err());
    }

    #[test]
    fn an_unknown_flag_is_refused() {
        let mut flags = flags("--realease");
        assert!(!flags.switch("--release"));
        assert!(flags.words().is_err());
    }
}
