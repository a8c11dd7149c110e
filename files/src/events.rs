//! The crate's only unsafe code: the event parser of libyaml in Rust, the same that serde_yaml_ng reads with, so that
//! what is counted here is what is built there.

use std::ffi::CStr;
use std::marker::PhantomData;
use std::mem::MaybeUninit;

/// What the parser comes by.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Event {
    /// A scalar, and its anchor.
    Scalar(Option<Vec<u8>>),
    /// The start of a list or a mapping, and its anchor.
    Start(Option<Vec<u8>>),
    End,
    /// Another place's value, by its anchor.
    Alias(Option<Vec<u8>>),
    /// The start of a document.
    Document,
    Other,
}

/// The events of a text, up to its end or its first error.
#[derive(Debug)]
pub(super) struct Events<'t> {
    // On the heap, because it must not move.
    parser: Box<MaybeUninit<unsafe_libyaml::yaml_parser_t>>,
    is_over: bool,
    text: PhantomData<&'t str>,
}

impl<'t> Events<'t> {
    pub(super) fn of(text: &'t str) -> Self {
        let mut parser = Box::new(MaybeUninit::<unsafe_libyaml::yaml_parser_t>::uninit());
        // SAFETY: the parser is initialised before anything else is done with it, and dropped with this; the text
        // outlives it.
        let ready = unsafe {
            let ready = unsafe_libyaml::yaml_parser_initialize(parser.as_mut_ptr()).ok;
            if ready {
                unsafe_libyaml::yaml_parser_set_encoding(parser.as_mut_ptr(), unsafe_libyaml::YAML_UTF8_ENCODING);
                unsafe_libyaml::yaml_parser_set_input_string(parser.as_mut_ptr(), text.as_ptr(), text.len() as u64);
            }
            ready
        };
        assert!(ready, "no memory for a parser");
        Self {
            parser,
            is_over: false,
            text: PhantomData,
        }
    }
}

impl Iterator for Events<'_> {
    type Item = Event;

    fn next(&mut self) -> Option<Event> {
        if self.is_over {
            return None;
        }
        let mut event = MaybeUninit::<unsafe_libyaml::yaml_event_t>::uninit();
        // SAFETY: the parser is initialised and has not failed before; the event is read only where it succeeds, by
        // the fields that its type has, and freed once.
        unsafe {
            if unsafe_libyaml::yaml_parser_parse(self.parser.as_mut_ptr(), event.as_mut_ptr()).fail {
                self.is_over = true;
                return None;
            }
            let mut event = event.assume_init();
            let found = match event.type_ {
                unsafe_libyaml::YAML_STREAM_END_EVENT => None,
                unsafe_libyaml::YAML_DOCUMENT_START_EVENT => Some(Event::Document),
                unsafe_libyaml::YAML_ALIAS_EVENT => Some(Event::Alias(anchor(event.data.alias.anchor))),
                unsafe_libyaml::YAML_SCALAR_EVENT => Some(Event::Scalar(anchor(event.data.scalar.anchor))),
                unsafe_libyaml::YAML_SEQUENCE_START_EVENT => {
                    Some(Event::Start(anchor(event.data.sequence_start.anchor)))
                }
                unsafe_libyaml::YAML_MAPPING_START_EVENT => Some(Event::Start(anchor(event.data.mapping_start.anchor))),
                unsafe_libyaml::YAML_SEQUENCE_END_EVENT | unsafe_libyaml::YAML_MAPPING_END_EVENT => Some(Event::End),
                _ => Some(Event::Other),
            };
            unsafe_libyaml::yaml_event_delete(&mut event);
            self.is_over = found.is_none();
            found
        }
    }
}

impl Drop for Events<'_> {
    fn drop(&mut self) {
        // SAFETY: it is initialised, and dropped once.
        unsafe { unsafe_libyaml::yaml_parser_delete(self.parser.as_mut_ptr()) };
    }
}

/// # Safety
/// `name` must be null or a C string.
unsafe fn anchor(name: *const u8) -> Option<Vec<u8>> {
    // SAFETY: as this function's own.
    (!name.is_null()).then(|| unsafe { CStr::from_ptr(name.cast()) }.to_bytes().to_vec())
}
