//! Tier `hit` against `refs/legend-chain/tiers.json`: columns, attributes and values; and the messages of wrong configurations.

#[path = "../../formats/tests/shared/mod.rs"]
mod shared;

use germane_runs::Progress;
use germane_runs::hit::{Configuration, Hit, convert};
use germane_texts::Source;
use serde_json::Value;
use shared::{Score, load, shared};

/// Numbers of a column of a table, and its attributes.
fn column(file: &germane_formats::File, table: &str, name: &str) -> Option<(String, Vec<f64>, Value)> {
    use germane_columns::Data;
    let opened = file.table(table).ok()?;
    let at = opened.schema().columns.iter().position(|c| c.field.name == name)?;
    let array = opened.read(&[at], 0..opened.schema().entries).ok()?.pop()?;
    let values = match &array.data {
        Data::Bool(bits) => bits.iter().map(|b| f64::from(u8::from(b))).collect(),
        _ => array.as_numbers()?.to_f64(),
    };
    let object = file
        .lh5()?
        .read(&format!("{table}/{name}"), &germane_formats::lh5::ReadOptions::default(), &germane_numerics::Inline)
        .ok()?
        .object;
    let text = |a: &germane_formats::hdf5::Attribute| match a {
        germane_formats::hdf5::Attribute::Text(text) => Value::String(text.clone()),
        _ => Value::Null,
    };
    let attributes = object.attributes.iter().map(|(k, v)| (k.clone(), text(v))).collect();
    Some((object.datatype.unwrap_or_default(), values, attributes))
}

fn number(value: &Value) -> f64 {
    match value {
        Value::Bool(flag) => f64::from(u8::from(*flag)),
        Value::Object(_) => match value["nonfinite"].as_str() {
            Some("nan") => f64::NAN,
            Some("inf") => f64::INFINITY,
            _ => f64::NEG_INFINITY,
        },
        _ => value.as_f64().unwrap_or(f64::NAN),
    }
}

fn sha256(values: &[f64], dtype: &str) -> String {
    use sha2::Digest;
    let bytes: Vec<u8> = match dtype {
        "float64" => values.iter().flat_map(|x| x.to_le_bytes()).collect(),
        _ => values.iter().map(|x| *x as u8).collect(),
    };
    sha2::Sha256::digest(bytes).iter().fold(String::new(), |text, byte| text + &format!("{byte:02x}"))
}

#[test]
fn hits_equal_the_references() {
    let Some(root) = shared() else { return };
    let folder = root.join("refs/legend-chain");
    let (cases, expected) = (load(&folder.join("tiers_cases.json")), load(&folder.join("tiers.json")));
    let mut score = Score::default();
    for (name, case) in cases.as_object().unwrap() {
        if case["kind"] != "hit" {
            score.wait(case["kind"].as_str().unwrap_or("other"));
            continue;
        }
        let arguments = &case["args"];
        let given = if arguments["hit_config"].is_object() { &arguments["hit_config"] } else { &arguments["lh5_tables_config"] };
        let mut blocks = given.clone();
        // Columns of vectors wait.
        if let Some(map) = blocks.as_object_mut().filter(|m| !m.contains_key("operations")) {
            let of_vectors = |block: &Value| block["operations"].get("energy_in_pe").is_some();
            for _ in map.values().filter(|block| of_vectors(block)) {
                score.wait("operations on vectors");
            }
            map.retain(|_, block| !of_vectors(block));
        }
        let configuration = Configuration::read(&Source::new("config.json", blocks.to_string())).unwrap();
        let out = tempfile::tempdir().unwrap();
        let file = out.path().join("hit.lh5");
        let input = root.join("data/legend-chain").join(case["file"].as_str().unwrap());
        convert(&input, &file, &configuration, None, 1, &Progress::default()).unwrap();
        let made = germane_formats::open(&file).unwrap();
        for (table, expected) in expected[name]["tables"].as_object().unwrap() {
            let mut there = Vec::new();
            for (field, due) in expected["fields"].as_object().unwrap() {
                let dtype = due["dtype"].as_str().unwrap();
                let Some((datatype, values, attributes)) = column(&made, table, field) else {
                    if file_has(&made, table) {
                        score.check(false, || format!("{name}: {table} has no {field}"));
                    }
                    continue;
                };
                there.push(field.clone());
                score.check(datatype == due["datatype"].as_str().unwrap(), || format!("{name}: {table}/{field}: {datatype}"));
                score.check(attributes == due["attrs"], || {
                    format!("{name}: {table}/{field}: {attributes} where {} is due", due["attrs"])
                });
                if let Some(all) = due["values"].as_array() {
                    let same = all.len() == values.len()
                        && all.iter().map(number).zip(&values).all(|(a, b)| a == *b || (a.is_nan() && b.is_nan()));
                    score.check(same, || format!("{name}: {table}/{field}: {values:?}"));
                } else if field == "ex" {
                    // exp and log: within 2 ulp of the values that are told.
                    let first = due["first"].as_array().unwrap().iter().map(number);
                    let near = first.zip(&values).all(|(a, b)| (a - b).abs() <= 2.0 * f64::EPSILON * a.abs());
                    score.check(near, || format!("{name}: {table}/{field}: {:?}", &values[..3]));
                } else if matches!(dtype, "float64" | "bool" | "uint8") {
                    score.check(sha256(&values, dtype) == due["sha256_le"].as_str().unwrap(), || {
                        format!("{name}: {table}/{field}: values")
                    });
                } else {
                    score.wait("numexpr's result types");
                }
            }
        }
    }
    score.report("legend-chain/tiers.json");
    assert!(score.failed.is_empty());
}

fn file_has(file: &germane_formats::File, table: &str) -> bool {
    file.table(table).is_ok()
}

/// Messages of a configuration against columns a, b (numbers) and ok (a condition).
fn mistakes(text: &str) -> Vec<String> {
    use germane_columns::{Field, Type};
    let source = Source::new("hit.yaml", text);
    let columns = [Field::new("a", Type::F64), Field::new("b", Type::F64), Field::new("ok", Type::Bool)];
    let found = match Configuration::read(&source) {
        Ok(configuration) => Hit::new(&configuration, configuration.block("ch1/dsp").expect("a block"), &columns, None).err(),
        Err(found) => Some(found),
    };
    found.unwrap_or_default().iter().map(ToString::to_string).collect()
}

#[test]
fn mistakes_are_told_at_once_with_their_places() {
    let text =
        "operations:\n  x: {expression: aa + b}\n  y: {expression: a > 1, parameters: {t: high}}\naggregations: {f: {bit1: y}}\n";
    assert_eq!(
        mistakes(text),
        [
            "hit.yaml:3:42: `t` is no number; write a number, or `db.NAME` for one of the channel's parameters",
            "hit.yaml:4:20: `bit1` stands where bit 0 is; bits count in the order of the file: put them in order",
        ]
    );
    let text = "outputs: [x, yy]\noperations:\n  x: {expression: aa + b}\n  y: {expression: a > 1}\naggregations: {f: {bit0: y, bit1: a}}\n";
    let found = mistakes(text);
    assert_eq!(found[0], "hit.yaml:1:14: no column `yy`; did you mean `y`?");
    assert_eq!(found[1], "hit.yaml:3:19: no column `aa`; did you mean `a`?");
    assert_eq!(found[2], "hit.yaml:5:35: a flag is a condition, `a` is float");
}

#[test]
fn circles_and_too_many_flags_are_refused() {
    let found = mistakes("operations: {x: {expression: y + 1}, y: {expression: x + 1}}\n");
    assert!(found[0].contains("circle: x, y"), "{found:?}");
    let bits: Vec<String> = (0..65).map(|i| format!("bit{i}: ok")).collect();
    let found = mistakes(&format!("aggregations: {{f: {{{}}}}}\n", bits.join(", ")));
    assert!(found[0].contains("65 flags"), "{found:?}");
}

#[test]
fn operations_come_in_the_order_of_dependence_and_their_own_name_is_the_column() {
    use germane_columns::{Array, Field, Type};
    let text = "outputs: [z, a, f]\noperations:\n  z: {expression: a + y}\n  y: {expression: \"where(big, 10, k)\", parameters: {k: 5}}\n  big: {expression: \
                (a > 2) & ~ok}\n  a: {expression: a * 2}\naggregations: {f: {bit0: big, bit1: ok}}\n";
    let configuration = Configuration::read(&Source::new("hit.yaml", text)).unwrap();
    let columns = [Field::new("a", Type::F64), Field::new("ok", Type::Bool)];
    let hit = Hit::new(&configuration, configuration.block("ch1/dsp").unwrap(), &columns, None).unwrap();
    let arrays: Vec<Array> = (hit.reads.iter())
        .map(|name| if name == "a" { vec![1.0, 1.5, 3.0].into() } else { vec![true, false, false].into() })
        .collect();
    let made = hit.evaluate(&arrays, 3).unwrap();
    let values = |k: usize| made[k].as_ref().unwrap().as_numbers().unwrap().to_f64();
    // a doubled: 2, 3, 6; big: no, yes, yes.
    assert_eq!(values(0), [7.0, 13.0, 16.0]);
    assert_eq!(values(1), [2.0, 3.0, 6.0]);
    assert_eq!(values(2), [2.0, 1.0, 1.0]);
}
