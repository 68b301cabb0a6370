//! The table of services (placeholder until it lands).

/// The document of `services`.
pub fn document() -> serde_json::Value {
    serde_json::json!({"services": []})
}
