//! Workspace → JSON, as pyhf reads it.

use serde_json::{Map, Value, json};

use super::{Channel, Effect, Measurement, Modifier, Observation, Sample, Setting, Workspace};

impl Workspace {
    /// The document; reading it gives the same workspace.
    pub fn to_json(&self) -> Value {
        let channels: Vec<Value> = self.channels.iter().map(channel).collect();
        let observations: Vec<Value> = self.observations.iter().map(observation).collect();
        let measurements: Vec<Value> = self.measurements.iter().map(measurement).collect();
        json!({"channels": channels, "observations": observations, "measurements": measurements, "version": "1.0.0"})
    }
}

pub(super) fn channel(channel: &Channel) -> Value {
    let modifier = |one: &Modifier| json!({"name": one.name, "type": one.effect.type_name(), "data": effect(&one.effect)});
    let sample = |one: &Sample| {
        let modifiers: Vec<Value> = one.modifiers.iter().map(modifier).collect();
        json!({"name": one.name, "data": one.data, "modifiers": modifiers})
    };
    let samples: Vec<Value> = channel.samples.iter().map(sample).collect();
    json!({"name": channel.name, "samples": samples})
}

pub(super) fn observation(observation: &Observation) -> Value {
    json!({"name": observation.name, "data": observation.data})
}

fn effect(effect: &Effect) -> Value {
    match effect {
        Effect::NormFactor | Effect::Lumi | Effect::ShapeFactor => Value::Null,
        Effect::NormSys { high, low } => json!({"hi": high, "lo": low}),
        Effect::HistoSys { high, low } => json!({"hi_data": high, "lo_data": low}),
        Effect::ShapeSys(values) | Effect::StatError(values) => json!(values),
    }
}

fn measurement(measurement: &Measurement) -> Value {
    let parameters: Vec<Value> = measurement.parameters.iter().map(setting).collect();
    let poi = measurement.poi.as_deref().unwrap_or("");
    json!({"name": measurement.name, "config": {"poi": poi, "parameters": parameters}})
}

pub(super) fn setting(setting: &Setting) -> Value {
    let mut map = Map::new();
    map.insert("name".into(), json!(setting.name));
    let lists =
        [("inits", &setting.inits), ("auxdata", &setting.auxdata), ("sigmas", &setting.sigmas), ("factors", &setting.factors)];
    for (key, list) in lists {
        if let Some(list) = list {
            map.insert(key.into(), json!(list));
        }
    }
    if let Some(bounds) = &setting.bounds {
        map.insert("bounds".into(), json!(bounds));
    }
    if let Some(fixed) = setting.fixed {
        map.insert("fixed".into(), json!(fixed));
    }
    Value::Object(map)
}
