//! The two documents of DDS Security that are signed: governance for all, permissions for each.

use std::collections::BTreeSet;

use super::rights::Rights;
use sinew_node::date::Date;

const SCHEMAS: &str = "http://www.omg.org/spec/DDS-SECURITY/20170901";

/// What holds for everybody in the domains: nobody takes part who has not shown a certificate, nobody has a topic
/// that the permissions do not name, and all is encrypted, for each writer with a key of its own.
pub(super) fn governance(domains: &BTreeSet<u8>) -> String {
    let domains = domain_ids(domains, "      ");
    format!(
        r#"<?xml version="1.0" encoding="UTF-8"?>
<dds xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance"
  xsi:noNamespaceSchemaLocation="{SCHEMAS}/omg_shared_ca_governance.xsd">
  <domain_access_rules>
    <domain_rule>
{domains}      <allow_unauthenticated_participants>false</allow_unauthenticated_participants>
      <enable_join_access_control>true</enable_join_access_control>
      <discovery_protection_kind>ENCRYPT</discovery_protection_kind>
      <liveliness_protection_kind>ENCRYPT</liveliness_protection_kind>
      <rtps_protection_kind>SIGN</rtps_protection_kind>
      <topic_access_rules>
        <topic_rule>
          <topic_expression>*</topic_expression>
          <enable_discovery_protection>true</enable_discovery_protection>
          <enable_liveliness_protection>true</enable_liveliness_protection>
          <enable_read_access_control>true</enable_read_access_control>
          <enable_write_access_control>true</enable_write_access_control>
          <metadata_protection_kind>ENCRYPT</metadata_protection_kind>
          <data_protection_kind>ENCRYPT</data_protection_kind>
        </topic_rule>
      </topic_access_rules>
    </domain_rule>
  </domain_access_rules>
</dds>
"#
    )
}

/// What the holder of an enclave's certificate may do, and until when. All else is denied.
pub(super) fn permissions(enclave: &str, [from, until]: [Date; 2], domains: &BTreeSet<u8>, rights: &Rights) -> String {
    let domains = domain_ids(domains, "        ");
    let rules = ["publish", "subscribe"]
        .into_iter()
        .zip([&rights.publish, &rights.subscribe])
        .map(|(rule, topics)| {
            let topics: String = topics
                .iter()
                .map(|topic| format!("            <topic>{topic}</topic>\n"))
                .collect();
            format!("        <{rule}>\n          <topics>\n{topics}          </topics>\n        </{rule}>\n")
        });
    let rules: String = rules.collect();
    // Names come through `resolve`, which leaves nothing that XML would have to escape.
    format!(
        r#"<?xml version="1.0" encoding="UTF-8"?>
<dds xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance"
  xsi:noNamespaceSchemaLocation="{SCHEMAS}/omg_shared_ca_permissions.xsd">
  <permissions>
    <grant name="{enclave}">
      <subject_name>CN={enclave}</subject_name>
      <validity>
        <not_before>{from}</not_before>
        <not_after>{until}</not_after>
      </validity>
      <allow_rule>
{domains}{rules}      </allow_rule>
      <default>DENY</default>
    </grant>
  </permissions>
</dds>
"#
    )
}

fn domain_ids(domains: &BTreeSet<u8>, indent: &str) -> String {
    let ids: String = domains.iter().map(|id| format!("{indent}  <id>{id}</id>\n")).collect();
    format!("{indent}<domains>\n{ids}{indent}</domains>\n")
}

/// What stands between the first `<name>` and `</name>` of a document, and then the next.
pub(super) fn elements<'a>(document: &'a str, name: &str) -> Vec<&'a str> {
    let (open, close) = (format!("<{name}>"), format!("</{name}>"));
    let parts = document.split(open.as_str()).skip(1);
    parts
        .filter_map(|part| Some(part.split_once(close.as_str())?.0.trim()))
        .collect()
}
