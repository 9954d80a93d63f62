//! Several cards as one.

use germane_texts::{Diagnostic, sort_by_place};

use super::card::{Card, NuisanceKind, Shapes};
use super::templates::DATA;

impl Card {
    /// The cards with their labels as one card: channels `LABEL` or, of cards of several channels, `LABEL_CHANNEL`. Parameters of
    /// the same name are one.
    ///
    /// Lines of a nuisance that is log-normal on one card and has templates on another stay what they are. Edits were made when the
    /// cards were read.
    ///
    /// ```
    /// use germane_models::datacard::Card;
    /// use germane_texts::Source;
    /// let text = "bin a\nobservation 6\nbin a a\nprocess S B\nprocess 0 1\nrate 1 5.5\nlumi lnN 1.1 -\n";
    /// let card = |name: &str| Card::read(&Source::new(name, text)).unwrap();
    /// let both = Card::combine(vec![("one".into(), card("1.txt")), ("two".into(), card("2.txt"))]).unwrap();
    /// assert_eq!(both.channels[1].name, "two");
    /// assert_eq!(both.processes.len(), 4);
    /// ```
    ///
    /// # Errors
    /// Names that mean different things, with both places: channels twice, processes that are signal here and background there,
    /// nuisances of different types or counts, groups and constraints that differ.
    pub fn combine(cards: Vec<(String, Self)>) -> Result<Self, Vec<Diagnostic>> {
        let mut all = Self::default();
        let mut problems = Vec::new();
        for (label, card) in cards {
            all.append(&label, card, &mut problems);
        }
        if problems.is_empty() {
            return Ok(all);
        }
        sort_by_place(&mut problems);
        Err(problems)
    }

    fn append(&mut self, label: &str, mut card: Self, problems: &mut Vec<Diagnostic>) {
        let single = card.channels.len() == 1;
        let old_names: Vec<String> = card.channels.iter().map(|channel| channel.name.clone()).collect();
        for channel in &mut card.channels {
            channel.name = if single { label.to_owned() } else { format!("{label}_{}", channel.name) };
            if self.channels.iter().any(|known| known.name == channel.name) {
                problems.push(channel.origin.problem("name", format!("two channels would be called `{}`", channel.name)));
            }
        }
        card.shapes = card.own_shapes(&old_names);
        let (first_channel, first_column) = (self.channels.len(), self.processes.len());
        for process in &mut card.processes {
            process.channel += first_channel;
            if let Some(other) = self.processes.iter().find(|other| other.name == process.name && other.signal != process.signal)
            {
                let message = format!("process `{}` is a signal on one card and a background on another", process.name);
                problems.push(process.origin.problem("card", message).note(format!("the other is at {}", other.origin.words())));
            }
        }
        let columns = first_column + card.processes.len();
        for nuisance in &mut self.nuisances {
            nuisance.effects.resize(columns, None);
        }
        for mut nuisance in card.nuisances {
            if let Some(other) = self.nuisances.iter().find(|other| other.name == nuisance.name) {
                let normal =
                    |kind: &NuisanceKind| matches!(kind, NuisanceKind::LogNormal | NuisanceKind::Shape { flat: false, .. });
                if other.kind != nuisance.kind && !(normal(&other.kind) && normal(&nuisance.kind)) {
                    let (here, there) = (nuisance.kind.word(), other.kind.word());
                    let message = format!("`{}` is of type {here} on this card and {there} on another", nuisance.name);
                    problems
                        .push(nuisance.origin.problem("card", message).note(format!("the other is at {}", other.origin.words())));
                }
            }
            nuisance.effects.splice(0..0, std::iter::repeat_n(None, first_column));
            self.nuisances.push(nuisance);
        }
        for mut rate in card.rates {
            rate.columns.iter_mut().for_each(|column| *column += first_column);
            self.rates.push(rate);
        }
        for param in card.params {
            match self.params.iter().find(|other| other.name == param.name) {
                None => self.params.push(param),
                Some(other) if (other.mean, other.widths) == (param.mean, param.widths) => {}
                Some(other) => {
                    let problem =
                        param.origin.problem("card", format!("`{}` is constrained otherwise on another card", param.name));
                    problems.push(problem.note(format!("the other is at {}", other.origin.words())));
                }
            }
        }
        for group in card.groups {
            match self.groups.iter_mut().find(|other| other.name == group.name) {
                None => self.groups.push(group),
                Some(other) => {
                    let new: Vec<String> = group.members.into_iter().filter(|member| !other.members.contains(member)).collect();
                    other.members.extend(new);
                }
            }
        }
        self.extras.extend(card.extras);
        self.flat.extend(card.flat);
        self.discrete.extend(card.discrete);
        self.frozen.extend(card.frozen);
        self.warnings.extend(card.warnings);
        self.channels.extend(card.channels);
        self.processes.extend(card.processes);
        self.shapes.extend(card.shapes);
    }

    /// For each channel, which was called otherwise, and process the line that holds there, with the old meaning of `$CHANNEL`.
    fn own_shapes(&self, old_names: &[String]) -> Vec<Shapes> {
        let mut lines = Vec::new();
        for (index, (channel, old)) in self.channels.iter().zip(old_names).enumerate() {
            let processes = self.processes.iter().filter(|process| process.channel == index).map(|process| process.name.as_str());
            for process in processes.chain([DATA]) {
                let Some(mut line) = self.shapes_of(process, old).cloned() else { continue };
                process.clone_into(&mut line.process);
                line.channel.clone_from(&channel.name);
                for text in [Some(&mut line.file), Some(&mut line.nominal), line.systematic.as_mut()].into_iter().flatten() {
                    *text = text.replace("$CHANNEL", old);
                }
                lines.push(line);
            }
        }
        lines
    }
}
