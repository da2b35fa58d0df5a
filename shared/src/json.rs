//! Reading JSON text. One way for all: `serde_json` is compiled once for bytes and once more for
//! `str`, and in a Worker every kilobyte is downloaded and compiled at each cold start.
//! For the same reason our structs are read from objects alone: `serde_json` would take a list of their
//! fields, too, and every reader would come with a second one for that.

use serde::Deserialize;
use serde::de::{Deserializer, Visitor};

/// Reads a value from JSON text.
///
/// # Errors
/// When it is not JSON, or not of this shape.
pub fn read<'a, T: Deserialize<'a>>(text: &'a str) -> Result<T, serde_json::Error> {
    read_bytes(text.as_bytes())
}

/// As `read`, from bytes that may be no text.
///
/// # Errors
/// As `read`.
pub fn read_bytes<'a, T: Deserialize<'a>>(bytes: &'a [u8]) -> Result<T, serde_json::Error> {
    let mut reader = serde_json::Deserializer::from_slice(bytes);
    let Object(value) = Object::deserialize(&mut reader)?;
    reader.end().map(|()| value)
}

/// Reads a list of values.
///
/// # Errors
/// As `read`.
pub fn read_list<'a, T: Deserialize<'a>>(text: &'a str) -> Result<Vec<T>, serde_json::Error> {
    let list: Vec<Object<T>> = serde_json::from_slice(text.as_bytes())?;
    Ok(list.into_iter().map(|Object(value)| value).collect())
}

/// Reads a member that may be null, for `#[serde(deserialize_with)]` on `Option<Option<T>>`: null is a value then, unlike a
/// member that is not there.
///
/// # Errors
/// As the reader of `T`.
pub fn named<'de, T: Deserialize<'de>, D: Deserializer<'de>>(reader: D) -> Result<Option<Option<T>>, D::Error> {
    Option::deserialize(reader).map(Some)
}

/// A value which, if it is a struct, stands in the text as an object.
struct Object<T>(T);

impl<'de, T: Deserialize<'de>> Deserialize<'de> for Object<T> {
    fn deserialize<D: Deserializer<'de>>(reader: D) -> Result<Self, D::Error> {
        T::deserialize(Objects(reader)).map(Self)
    }
}

/// A reader that takes no list for a struct.
struct Objects<D>(D);

macro_rules! pass_on {
    ($($method:ident($($argument:ident: $type:ty),*))*) => {$(
        fn $method<V: Visitor<'de>>(self, $($argument: $type,)* visitor: V) -> Result<V::Value, D::Error> {
            self.0.$method($($argument,)* visitor)
        }
    )*};
}

impl<'de, D: Deserializer<'de>> Deserializer<'de> for Objects<D> {
    type Error = D::Error;

    fn deserialize_struct<V: Visitor<'de>>(
        self,
        _: &'static str,
        _: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, D::Error> {
        self.0.deserialize_map(visitor)
    }

    pass_on! {
        deserialize_any() deserialize_bool()
        deserialize_i8() deserialize_i16() deserialize_i32() deserialize_i64() deserialize_i128()
        deserialize_u8() deserialize_u16() deserialize_u32() deserialize_u64() deserialize_u128()
        deserialize_f32() deserialize_f64()
        deserialize_char() deserialize_str() deserialize_string() deserialize_bytes() deserialize_byte_buf()
        deserialize_option() deserialize_unit() deserialize_seq() deserialize_map()
        deserialize_identifier() deserialize_ignored_any()
        deserialize_unit_struct(name: &'static str) deserialize_newtype_struct(name: &'static str)
        deserialize_tuple(length: usize) deserialize_tuple_struct(name: &'static str, length: usize)
        deserialize_enum(name: &'static str, variants: &'static [&'static str])
    }
}

#[cfg(test)]
mod tests {
    use serde::Deserialize;
    use serde_json::value::RawValue;

    use super::{read, read_list};

    #[derive(Debug, PartialEq, Deserialize)]
    struct Row {
        id: String,
        #[serde(default)]
        count: Option<u64>,
    }

    #[test]
    fn a_struct_is_read_from_an_object_and_from_no_list() {
        let row = Row { id: "a".to_owned(), count: Some(1) };
        assert_eq!(read::<Row>(r#"{"id": "a", "count": 1}"#).unwrap(), row);
        assert_eq!(read_list::<Row>(r#"[{"count": 1, "id": "a", "more": []}]"#).unwrap(), [row]);
        assert!(read::<Row>(r#"["a", 1]"#).is_err() && read_list::<Row>(r#"[["a", 1]]"#).is_err());
    }

    #[test]
    fn all_else_is_read_as_ever() {
        assert_eq!(read::<(u8, Option<bool>)>("[1, null]").unwrap(), (1, None));
        assert_eq!(read::<Box<RawValue>>(" {\"a\": 1.50} ").unwrap().get(), "{\"a\": 1.50}");
        assert_eq!(read_list::<Box<RawValue>>("[1, [2]]").unwrap().len(), 2);
        assert_eq!(read::<f64>("1e2").unwrap(), 100.0);
        assert!(read::<u8>("1 2").is_err() && read::<u8>("256").is_err() && read::<String>("\"a").is_err());
    }
}
