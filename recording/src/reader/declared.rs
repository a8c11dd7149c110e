//! The schemas and channels of a file. What is wrong with one is a text.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use super::Channel;

#[derive(Debug)]
struct Schema {
    name: String,
    encoding: String,
    definition: Vec<u8>,
}

/// What was declared so far, by number.
#[derive(Debug, Default)]
pub(super) struct Declared {
    schemas: HashMap<u16, Arc<Schema>>,
    pub(super) channels: HashMap<u16, Arc<Channel>>,
}

impl Declared {
    /// Notes a schema.
    pub(super) fn schema(&mut self, id: u16, name: String, encoding: String, definition: &[u8]) -> Result<(), String> {
        if id == 0 {
            return Err("a schema with the number 0, which stands for none".to_owned());
        }
        if let Some(known) = self.schemas.get(&id) {
            if (&known.name, &known.encoding, &known.definition[..]) != (&name, &encoding, definition) {
                return Err(format!("the schema {id} ({name}) is another than before"));
            }
            return Ok(());
        }
        let schema = Schema {
            name,
            encoding,
            definition: definition.to_vec(),
        };
        self.schemas.insert(id, Arc::new(schema));
        Ok(())
    }

    /// Notes a channel, whose schema has to be there.
    pub(super) fn channel(
        &mut self,
        id: u16,
        schema_id: u16,
        topic: String,
        encoding: String,
        metadata: BTreeMap<String, String>,
    ) -> Result<Arc<Channel>, String> {
        let schema = self.schemas.get(&schema_id);
        if schema.is_none() && schema_id != 0 {
            return Err(format!(
                "the channel {id} ({topic}) has the schema {schema_id}, which is not there"
            ));
        }
        let channel = Channel {
            id,
            topic,
            encoding,
            metadata,
            schema: schema.map_or(String::new(), |schema| schema.name.clone()),
            schema_encoding: schema.map_or(String::new(), |schema| schema.encoding.clone()),
            definition: schema.map_or(Vec::new(), |schema| schema.definition.clone()),
        };
        match self.channels.get(&id) {
            Some(known) if **known == channel => Ok(known.clone()),
            Some(known) => Err(format!(
                "the channel {id} ({}) is another than before ({})",
                channel.topic, known.topic
            )),
            None => {
                let channel = Arc::new(channel);
                self.channels.insert(id, channel.clone());
                Ok(channel)
            }
        }
    }
}
