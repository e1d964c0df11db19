//! The plugin's own cases.

use serde_json::{Value, json};

use super::{Admitted, Plugin};
use crate::json::Document;

const TABLE: &str = include_str!(concat!(env!("CARGO_MANIFEST_DIR"), "/../tests/data/d-serviceaccount-admission.json"));

/// The table abbreviates lists of references to their names.
fn spelled_out(mut holder: Value) -> Value {
    for key in ["imagePullSecrets", "secrets"] {
        if let Some(names) = holder[key].as_array() {
            holder[key] = names.iter().map(|name| json!({"name": name})).collect();
        } else {
            holder.as_object_mut().unwrap().remove(key);
        }
    }
    holder
}

fn account(case: &Value) -> Option<String> {
    let named = case.get("serviceAccount").or_else(|| case.get("serviceAccountOnlyInApi"))?;
    if named.is_null() {
        return None;
    }
    let mut object = spelled_out(named.clone());
    object["metadata"] = json!({"name": named["name"], "annotations": named["annotations"]});
    Some(object.to_string())
}

#[test]
fn every_case() {
    let table: Value = serde_json::from_str(TABLE).unwrap();
    let (mut pods, mut others) = (0, 0);
    for case in table["cases"].as_array().unwrap() {
        let other = matches!(case["operation"].as_str(), Some("DELETE" | "CONNECT"))
            || case.get("object").is_some()
            || case["resource"] == "CustomResource";
        if other {
            // Nothing is a Pod on its way in: the plugin is not run, so there is nothing to call.
            assert!(case["expect"]["handled"] == false || case["expect"]["allowed"] == true, "{case}");
            others += 1;
        } else {
            run(case);
            pods += 1;
        }
    }
    println!("ServiceAccount admission: {pods} cases of Pods pass, {others} are about what the plugin is not run for");
    assert_eq!((pods, others), (33, 5));
}

fn run(case: &Value) {
    let mut pod = case["pod"].clone();
    if pod["spec"].is_object() {
        pod["spec"] = spelled_out(pod["spec"].take());
    } else {
        pod["spec"] = json!({});
    }
    let text = pod.to_string();
    let document = Document::parse(text.as_bytes()).unwrap();
    let account = account(case);
    let account = account.as_ref().map(|text| Document::parse(text.as_bytes()).unwrap());
    let plugin = Plugin {
        account: account.as_ref().map(Document::root),
        limit_secrets: case["plugin"]["LimitSecretReferences"] == true,
    };
    let wanted = &case["expect"];
    let result = match (case["operation"].as_str(), case["subresource"].as_str()) {
        (Some("UPDATE"), Some("ephemeralcontainers")) => {
            plugin.update_ephemeral_containers(document.root()).map(|()| Admitted::default())
        }
        // No other update is looked at.
        (Some("UPDATE"), _) => Ok(Admitted::default()),
        _ => plugin.create(document.root()),
    };
    assert_eq!(Some(result.is_ok()), wanted["allowed"].as_bool(), "{case}: {result:?}");
    match result {
        Ok(admitted) => admitted_as(&admitted, &pod, case),
        Err(message) => assert!(message.contains(wanted["error_contains"].as_str().unwrap_or("")), "{case}: {message}"),
    }
}

fn admitted_as(admitted: &Admitted<'_>, pod: &Value, case: &Value) {
    let wanted = &case["expect"];
    if let Some(name) = wanted["serviceAccountName"].as_str() {
        assert_eq!(admitted.service_account, name, "{case}");
    }
    if let Some(list) = wanted["imagePullSecrets"].as_array() {
        assert_eq!(admitted.pull_secrets, list.iter().map(|name| name.as_str().unwrap()).collect::<Vec<_>>(), "{case}");
    }
    if case["plugin"]["MountServiceAccountToken"] == true {
        // One volume for the Pod, one mount for each container that has none of its own there.
        let volumes = wanted["volumes"].as_u64().unwrap_or_else(|| wanted["volumes"].as_array().unwrap().len() as u64);
        assert_eq!(u64::from(!admitted.token_mounts.is_empty()), volumes, "{case}");
        let containers = ["initContainers", "containers"].map(|key| pod["spec"][key].as_array().map_or(0, Vec::len));
        assert_eq!(admitted.token_mounts.len() as u64, volumes * containers.iter().sum::<usize>() as u64, "{case}");
    }
}

#[test]
fn a_wish_of_the_pod_counts_before_the_account_s() {
    for (pod, account, mounted) in [("{}", "{}", 1), ("{}", "false", 0), ("true", "false", 1), ("false", "true", 0)] {
        let wish = |value: &str| match value {
            "{}" => "null".to_owned(),
            value => value.to_owned(),
        };
        let pod = format!(
            r#"{{"spec": {{"automountServiceAccountToken": {}, "containers": [{{}}], "volumes": [{{"projected": {{"sources": [
                {{"secret": {{"name": "x"}}}}]}}}}]}}}}"#,
            wish(pod)
        );
        let account = format!(r#"{{"automountServiceAccountToken": {}}}"#, wish(account));
        let (pod, account) = (Document::parse(pod.as_bytes()).unwrap(), Document::parse(account.as_bytes()).unwrap());
        let plugin = Plugin { account: Some(account.root()), limit_secrets: true };
        // Limited, and yet the projected Secret passes.
        assert_eq!(plugin.create(pod.root()).unwrap().token_mounts.len(), mounted);
    }
}
