//! Parts of a turn: text, images and documents, as OpenAI's two dialects and Anthropic's have them.
//!
//! Not here: calls, their results, and thinking, which stand in other places in each dialect.

use std::borrow::Cow;

use crate::dialect::ask::Part;
use crate::dialect::ask::fate::NO_BUILT_IN;
use crate::dialect::media::{Source, media};
use crate::dialect::node::{Element, Notes, Object, elements, inner};

const STORED_FILE: &str = "Files stored at a provider cannot be named here; send their bytes.";
const NOT_BASE64: &str = "A `data:` URL has to be in base64.";
const SOUND: &str = "The model's provider does not listen to audio.";

/// A turn's content in one of OpenAI's dialects: a string, or parts.
pub(crate) fn openai<'a>(content: &'a str, at: &str, notes: &mut Notes) -> Vec<Part<'a>> {
    if content.starts_with('"') {
        return text(content).into_iter().collect();
    }
    elements(content, at, notes).into_iter().filter_map(|part| openai_part(part, notes)).collect()
}

/// Text that is not empty.
pub(crate) fn text(text: &str) -> Option<Part<'_>> {
    (!inner(text).is_empty()).then_some(Part::Text { text: Cow::Borrowed(text), cache: None })
}

fn openai_part<'a>(part: Element<'a>, notes: &mut Notes) -> Option<Part<'a>> {
    let mut object = Object::read(part.json, part.at, notes);
    let kind = object.word("type", notes)?;
    let cache = openai_cache(&mut object, notes);
    let part = match kind.as_ref() {
        "text" | "input_text" | "output_text" => {
            let text = object.need("text", notes);
            silent(&mut object, &["annotations", "logprobs"], "[]", notes);
            (text != "\"\"").then_some(Part::Text { text: Cow::Borrowed(text), cache })
        }
        "refusal" => text(object.need("refusal", notes)),
        "image_url" => {
            let mut image = object.object("image_url", notes)?;
            let found = picture(&mut image, "url", cache, notes);
            image.rest(notes);
            found
        }
        "input_image" => picture(&mut object, "image_url", cache, notes),
        "file" => {
            let mut file = object.object("file", notes)?;
            let found = document(&mut file, cache, notes);
            file.rest(notes);
            found
        }
        "input_file" => document(&mut object, cache, notes),
        "input_audio" => {
            notes.refuse(&object.at, SOUND);
            return None;
        }
        _ => {
            notes.refuse(&object.at, NO_BUILT_IN);
            return None;
        }
    };
    object.rest(notes);
    part
}

/// A cache breakpoint: OpenAI's, or Anthropic's as some clients send it in OpenAI's dialect.
fn openai_cache<'a>(object: &mut Object<'a>, notes: &mut Notes) -> Option<Cow<'a, str>> {
    if let Some(control) = object.take("cache_control", notes) {
        return Some(Cow::Borrowed(control));
    }
    let mut breakpoint = object.object("prompt_cache_breakpoint", notes)?;
    breakpoint.take("mode", notes);
    breakpoint.rest(notes);
    Some(Cow::Borrowed(r#"{"type":"ephemeral"}"#))
}

/// Members that say nothing when they have this value.
pub(crate) fn silent(object: &mut Object<'_>, names: &[&str], harmless: &str, notes: &mut Notes) {
    for name in names {
        if object.take(name, notes).is_some_and(|value| value != harmless) {
            notes.drop(&object.under(name));
        }
    }
}

fn picture<'a>(
    image: &mut Object<'a>,
    name: &'static str,
    cache: Option<Cow<'a, str>>,
    notes: &mut Notes,
) -> Option<Part<'a>> {
    silent(image, &["detail"], "\"auto\"", notes);
    let source = located(image, name, notes)?;
    Some(Part::Image { source, cache })
}

fn document<'a>(file: &mut Object<'a>, cache: Option<Cow<'a, str>>, notes: &mut Notes) -> Option<Part<'a>> {
    silent(file, &["detail"], "\"auto\"", notes);
    let name = file.text("filename", notes);
    let at = file.at.clone();
    let url = file.text("file_url", notes).map(Source::Url);
    let source = match url {
        Some(url) => url,
        None => located(file, "file_data", notes)?,
    };
    Some(Part::File { source, name, cache, at })
}

/// What the member `name` holds, unless the file is stored elsewhere.
fn located<'a>(object: &mut Object<'a>, name: &'static str, notes: &mut Notes) -> Option<Source<'a>> {
    if object.take("file_id", notes).is_some() {
        notes.refuse(&object.under("file_id"), STORED_FILE);
        return None;
    }
    let source = Source::of_url(object.need(name, notes));
    if source.is_none() {
        notes.refuse(&object.under(name), NOT_BASE64);
    }
    source
}

/// The part of Anthropic's dialect whose type is `kind`, if it is text, an image or a document.
pub(crate) fn anthropic<'a>(kind: &str, object: &mut Object<'a>, notes: &mut Notes) -> Vec<Part<'a>> {
    match kind {
        "text" => {
            silent(object, &["citations"], "[]", notes);
            text(object.need("text", notes)).into_iter().collect()
        }
        "image" => {
            let source = source(object, notes);
            source.map(|source| Part::Image { source, cache: None }).into_iter().collect()
        }
        "document" => anthropic_document(object, notes),
        "search_result" => {
            let found = object.list("content", notes);
            found.into_iter().flat_map(|one| inline(one, notes)).collect()
        }
        _ => {
            notes.refuse(&object.at, NO_BUILT_IN);
            Vec::new()
        }
    }
}

/// A block of text or an image, within another block.
fn inline<'a>(block: Element<'a>, notes: &mut Notes) -> Vec<Part<'a>> {
    let mut object = Object::read(block.json, block.at, notes);
    let kind = object.word("type", notes).unwrap_or_default();
    let parts = match kind.as_ref() {
        "text" | "image" => anthropic(&kind, &mut object, notes),
        _ => anthropic("", &mut object, notes),
    };
    object.rest(notes);
    parts
}

fn anthropic_document<'a>(object: &mut Object<'a>, notes: &mut Notes) -> Vec<Part<'a>> {
    let name = object.text("title", notes);
    let at = object.at.clone();
    let Some(mut held) = object.object("source", notes) else {
        notes.wrong(&object.under("source"), "An object was expected.");
        return Vec::new();
    };
    if held.word("type", notes).as_deref() == Some("content") {
        return match held.take("content", notes) {
            Some(string) if string.starts_with('"') => text(string).into_iter().collect(),
            Some(list) => {
                let blocks = elements(list, &held.under("content"), notes);
                blocks.into_iter().flat_map(|block| inline(block, notes)).collect()
            }
            None => Vec::new(),
        };
    }
    let source = source_of(held, notes);
    source.map(|source| Part::File { source, name, cache: None, at }).into_iter().collect()
}

fn source<'a>(object: &mut Object<'a>, notes: &mut Notes) -> Option<Source<'a>> {
    let mut held = object.object("source", notes)?;
    held.word("type", notes);
    source_of(held, notes)
}

/// What a `source` holds; its `type` is taken already, and the other members say the same.
fn source_of<'a>(mut held: Object<'a>, notes: &mut Notes) -> Option<Source<'a>> {
    if held.take("file_id", notes).is_some() {
        notes.refuse(&held.at, STORED_FILE);
        return None;
    }
    let found = match (held.text("url", notes), held.text("media_type", notes)) {
        (Some(url), _) => Some(Source::Url(url)),
        (None, Some("\"text/plain\"")) => Some(Source::Text(held.need("data", notes))),
        (None, Some(kind)) => {
            let media = media(kind);
            if media.is_none() {
                notes.fail(&held.under("media_type"), "invalid_value", "This is no media type.");
            }
            media.map(|media| Source::Base64 { media, data: inner(held.need("data", notes)) })
        }
        (None, None) => {
            notes.wrong(&held.at, "A source has a `url`, or `media_type` and `data`.");
            None
        }
    };
    held.rest(notes);
    found
}
