//! An answer in the making: pieces come in, blocks grow. Texts are what stands between the quotes of JSON strings.

use crate::dialect::answer::usage::Tokens;
use crate::dialect::node::inner;
use crate::dialect::write::string;

/// A piece of an answer.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Piece<'a> {
    Text(&'a str),
    Refusal(&'a str),
    Thinking(&'a str),
    /// What proves the thinking before it.
    Signature(&'a str),
    /// Thinking that nobody but its maker can read.
    Redacted(&'a str),
    /// A call begins.
    Call {
        id: &'a str,
        name: &'a str,
    },
    /// Arguments of the call that began last.
    Arguments(&'a str),
}

/// A block of an answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Block {
    Text(String),
    Refusal(String),
    Thinking { text: String, signature: String },
    Redacted(String),
    Call { id: String, name: String, arguments: String },
}

/// Why the model stopped.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Stop {
    End,
    Length,
    Calls,
    Filtered,
    Sequence,
}

/// Who is told the pieces of an answer as they are read.
pub(crate) trait Hear {
    /// The next piece.
    fn piece(&mut self, piece: Piece<'_>);
    /// What is known so far.
    fn draft(&mut self) -> &mut Draft;
}

impl Hear for Draft {
    fn piece(&mut self, piece: Piece<'_>) {
        if self.begins(piece) {
            self.close();
        }
        self.take(piece);
    }

    fn draft(&mut self) -> &mut Draft {
        self
    }
}

/// What is known of an answer so far.
#[derive(Debug, Default)]
pub(crate) struct Draft {
    /// What names of calls begin with where the upstream gave none.
    pub(crate) name: String,
    pub(crate) blocks: Vec<Block>,
    pub(crate) stop: Option<Stop>,
    pub(crate) tokens: Option<Tokens>,
    /// The tier that served it, in OpenAI's words.
    pub(crate) tier: Option<&'static str>,
}

impl Draft {
    /// The draft of a reply with this id.
    pub(crate) fn new(id: &str) -> Self {
        Self { name: ["call_", inner(&string(id))].concat(), ..Self::default() }
    }

    /// Whether a piece begins a block, rather than going on with the last one. A piece that goes on with nothing is none.
    pub(crate) fn begins(&self, piece: Piece<'_>) -> bool {
        !matches!(
            (self.blocks.last(), piece),
            (Some(Block::Text(_)), Piece::Text(_))
                | (Some(Block::Refusal(_)), Piece::Refusal(_))
                | (Some(Block::Call { .. }), Piece::Arguments(_))
        ) && !matches!(
            (self.blocks.last(), piece),
            (Some(Block::Thinking { signature, .. }), Piece::Thinking(_) | Piece::Signature(_)) if signature.is_empty()
        )
    }

    /// Takes a piece. False when it belongs to nothing.
    pub(crate) fn take(&mut self, piece: Piece<'_>) -> bool {
        let begins = self.begins(piece);
        match (self.blocks.last_mut(), piece) {
            (Some(Block::Text(text)), Piece::Text(more)) | (Some(Block::Refusal(text)), Piece::Refusal(more)) => {
                text.push_str(more);
            }
            (Some(Block::Thinking { text, .. }), Piece::Thinking(more)) if !begins => text.push_str(more),
            (Some(Block::Thinking { signature, .. }), Piece::Signature(whole)) if !begins => {
                whole.clone_into(signature)
            }
            (Some(Block::Call { arguments, .. }), Piece::Arguments(more)) => arguments.push_str(more),
            (_, Piece::Arguments(_)) => return false,
            (_, Piece::Call { id: "", name }) => {
                let id = [&self.name, "_", &self.calls().to_string()].concat();
                self.blocks.push(Block::of(Piece::Call { id: &id, name }));
            }
            (_, piece) => self.blocks.push(Block::of(piece)),
        }
        true
    }

    /// The arguments that a call without any has: those of one that takes none.
    pub(crate) fn missing(&self) -> Option<Piece<'static>> {
        match self.blocks.last() {
            Some(Block::Call { arguments, .. }) if arguments.is_empty() => Some(Piece::Arguments("{}")),
            _ => None,
        }
    }

    /// The last block is whole.
    pub(crate) fn close(&mut self) {
        if let Some(piece) = self.missing() {
            self.take(piece);
        }
    }

    /// Why it stopped: a model that calls tools waits for them, whatever its server says.
    pub(crate) fn stopped(&self) -> Stop {
        let calls = self.blocks.iter().any(|block| matches!(block, Block::Call { .. }));
        match self.stop {
            None | Some(Stop::End) if calls => Stop::Calls,
            None => Stop::End,
            Some(stop) => stop,
        }
    }

    /// How many blocks of calls there are.
    pub(crate) fn calls(&self) -> usize {
        self.blocks.iter().filter(|block| matches!(block, Block::Call { .. })).count()
    }
}

impl Block {
    fn of(piece: Piece<'_>) -> Self {
        match piece {
            Piece::Text(text) => Self::Text(text.to_owned()),
            Piece::Refusal(text) => Self::Refusal(text.to_owned()),
            Piece::Thinking(text) => Self::Thinking { text: text.to_owned(), signature: String::new() },
            Piece::Signature(signature) => Self::Thinking { text: String::new(), signature: signature.to_owned() },
            Piece::Redacted(data) => Self::Redacted(data.to_owned()),
            Piece::Call { id, name } => {
                Self::Call { id: id.to_owned(), name: name.to_owned(), arguments: String::new() }
            }
            Piece::Arguments(_) => Self::Text(String::new()),
        }
    }
}

/// A piece of what stands between the quotes of `string`, unless that is nothing.
pub(crate) fn piece<'a>(string: &'a str, of: fn(&'a str) -> Piece<'a>) -> Option<Piece<'a>> {
    let text = inner(string);
    (!text.is_empty()).then(|| of(text))
}
