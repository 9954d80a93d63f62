//! What users of pyhf ran into: each mistake is answered before a fit, with file, line and the right name.
#![allow(clippy::print_stdout)]

use std::path::PathBuf;

use germane_models::workspace::Workspace;
use germane_texts::{Diagnostic, Source, render, to_json};

#[allow(clippy::disallowed_methods)]
fn input(name: &str) -> Option<Source> {
    let root = std::env::var("GERMANE_SHARED")
        .map_or_else(|_| PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/../../../shared")), PathBuf::from);
    let path = root.join("cases/inputs").join(name);
    let text = std::fs::read_to_string(&path).ok();
    if text.is_none() {
        println!("not run: {} is absent", path.display());
    }
    Some(Source::new(name, text?))
}

fn mistakes(source: &Source) -> Vec<Diagnostic> {
    let mistakes = Workspace::read(source).unwrap_err();
    for mistake in &mistakes {
        let text = render(std::slice::from_ref(mistake), false);
        assert!(text.lines().count() <= 8, "{text}");
        assert!(text.contains(&*source.name), "{text}");
    }
    assert_eq!(to_json(6, &mistakes)["errors"].as_array().unwrap().len(), mistakes.len());
    mistakes
}

/// pyhf#2379
#[test]
fn a_factor_of_zero_is_refused_with_channel_sample_modifier_and_line() {
    let Some(source) = input("ws_lo_zero.json") else { return };
    let mistakes = mistakes(&source);
    assert_eq!(mistakes.len(), 1, "{mistakes:?}");
    let message = &mistakes[0].message;
    for word in ["SR", "background", "half_known", "log of 0"] {
        assert!(message.contains(word), "{message}");
    }
    let place = mistakes[0].place.unwrap();
    assert_eq!(source.text.lines().nth(place.line - 1).unwrap().trim(), "\"lo\": 0.0");
}

/// pyhf#763
#[test]
fn one_name_with_two_meanings_is_refused_with_both_places() {
    for name in ["ws_a.json", "ws_b.json"] {
        let Some(source) = input(name) else { return };
        assert!(Workspace::read(&source).is_ok());
    }
    let Some(source) = input("ws_ab.json") else { return };
    let mistakes = mistakes(&source);
    assert_eq!(mistakes.len(), 1, "{mistakes:?}");
    for word in ["tune", "shapesys", "histosys", "channel `A`", "channel `B`"] {
        assert!(mistakes[0].message.contains(word), "{}", mistakes[0].message);
    }
    let text = render(&mistakes, false);
    assert!(text.contains("first here"), "{text}");
}

/// Seen with pyhf 0.7.6, which ignores the setting.
#[test]
fn a_setting_of_a_misspelt_parameter_is_refused_with_the_right_name() {
    let Some(source) = input("ws_parameter_typo.json") else { return };
    let mistakes = mistakes(&source);
    assert_eq!(mistakes.len(), 1, "{mistakes:?}");
    assert_eq!(mistakes[0].nearest.as_deref(), Some("bkg_norm"));
    assert!(mistakes[0].message.contains("bkg_nrom"));
}

/// Seen with pyhf 0.7.6: no file name, 37 lines of traceback.
#[test]
fn a_slip_of_json_is_named_with_file_line_and_column() {
    let Some(source) = input("ws_trailing_comma.json") else { return };
    let mistakes = mistakes(&source);
    assert!(mistakes[0].message.contains("trailing comma"), "{}", mistakes[0].message);
    let place = mistakes[0].place.unwrap();
    assert!(place.line > 1 && place.column >= 1);
}

/// Seen with pyhf 0.7.6: "not valid under any of the given schemas", first mistake only.
#[test]
fn two_misspelt_types_are_reported_at_once_with_their_nearest_names() {
    let Some(source) = input("ws_modifier_typo.json") else { return };
    let mistakes = mistakes(&source);
    let nearest: Vec<_> = mistakes.iter().map(|mistake| mistake.nearest.as_deref()).collect();
    assert_eq!(nearest, [Some("normfactor"), Some("normsys")]);
}
