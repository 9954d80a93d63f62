//! Class descriptions for trees and histograms whose file brings none.
//!
//! One line a class: name, version with ROOT's checksum of classes that are written, members as `name:fType[:type[:counter]]` (`|`
//! stands for `::`). Read from the streamer info that ROOT 6.40 writes; the versions are those that every ROOT since 6.14 reads.

use super::streamer::{Element, Info};

const CLASSES: &[&str] = &[
    "TTree 20 TNamed:67 TAttLine:0 TAttFill:0 TAttMarker:0 fEntries:16 fTotBytes:16 fZipBytes:16 fSavedBytes:16 \
        fFlushedBytes:16 fWeight:8 fTimerInterval:3 fScanField:3 fUpdate:3 fDefaultEntryOffsetLen:3 fNClusterRange:6 \
        fMaxEntries:16 fMaxEntryLoop:16 fMaxVirtualSize:16 fAutoSave:16 fAutoFlush:16 fEstimate:16 \
        fClusterRangeEnd:56::fNClusterRange fClusterSize:56::fNClusterRange fIOFeatures:62:ROOT|TIOFeatures \
        fBranches:61:TObjArray fLeaves:61:TObjArray fAliases:64:TList* fIndexValues:62:TArrayD fIndex:62:TArrayI \
        fTreeIndex:64:TVirtualIndex* fFriends:64:TList* fUserInfo:64:TList* fBranchRef:64:TBranchRef*",
    "TBranch 13 TNamed:67 TAttFill:0 fCompress:3 fBasketSize:3 fEntryOffsetLen:3 fWriteBasket:3 fEntryNumber:16 \
        fIOFeatures:62:ROOT|TIOFeatures fOffset:3 fMaxBaskets:6 fSplitLevel:3 fEntries:16 fFirstEntry:16 fTotBytes:16 \
        fZipBytes:16 fBranches:61:TObjArray fLeaves:61:TObjArray fBaskets:61:TObjArray fBasketBytes:43::fMaxBaskets \
        fBasketEntry:56::fMaxBaskets fBasketSeek:56::fMaxBaskets fFileName:65",
    "TBranchElement 10 TBranch:0 fClassName:65 fParentName:65 fClonesName:65 fCheckSum:13 fClassVersion:2 fID:3 \
        fType:3 fStreamerType:3 fMaximum:3 fBranchCount:64:TBranchElement* fBranchCount2:64:TBranchElement*",
    "TBranchObject 1 TBranch:0 fClassName:65",
    "TLeaf 2 TNamed:67 fLen:3 fLenType:3 fOffset:3 fIsRange:18 fIsUnsigned:18 fLeafCount:64:TLeaf*",
    "TLeafElement 1 TLeaf:0 fID:3 fType:3",
    "TLeafObject 4 TLeaf:0 fVirtual:18",
    "ROOT|TIOFeatures 1 fIOBits:11",
    "TBranchRef 1 TBranch:0 fRefTable:64:TRefTable*",
    "TLeafB 1 TLeaf:0 fMinimum:1 fMaximum:1",
    "TLeafS 1 TLeaf:0 fMinimum:2 fMaximum:2",
    "TLeafI 1 TLeaf:0 fMinimum:3 fMaximum:3",
    "TLeafL 1 TLeaf:0 fMinimum:16 fMaximum:16",
    "TLeafG 1 TLeaf:0 fMinimum:16 fMaximum:16",
    "TLeafF 1 TLeaf:0 fMinimum:5 fMaximum:5",
    "TLeafD 1 TLeaf:0 fMinimum:8 fMaximum:8",
    "TLeafO 1 TLeaf:0 fMinimum:18 fMaximum:18",
    "TLeafC 1 TLeaf:0 fMinimum:3 fMaximum:3",
    "TLeafF16 1 TLeaf:0 fMinimum:19 fMaximum:19",
    "TLeafD32 1 TLeaf:0 fMinimum:9 fMaximum:9",
    "TNtuple 2 TTree:0 fNvar:3",
    "TNtupleD 1 TTree:0 fNvar:3",
    "TVector3 3 TObject:66 fX:8 fY:8 fZ:8",
    "TVector2 3 TObject:66 fX:8 fY:8",
    "TLorentzVector 4 TObject:66 fP:61:TVector3 fE:8",
    "TDatime 1 fDatime:13",
    "TObjString 1/9c8e4800 TObject:66 fString:65",
    "TAttLine 2/94074549 fLineColor:2 fLineStyle:2 fLineWidth:2",
    "TAttFill 2/ffd92a92 fFillColor:2 fFillStyle:2",
    "TAttMarker 2/291d8bec fMarkerColor:2 fMarkerStyle:2 fMarkerSize:5",
    "TAttAxis 4/5c6fff3e fNdivisions:3 fAxisColor:2 fLabelColor:2 fLabelFont:2 fLabelOffset:5 fLabelSize:5 fTickLength:5 \
        fTitleOffset:5 fTitleSize:5 fTitleColor:2 fTitleFont:2",
    "TAxis 10/5a496e70 TNamed:67 TAttAxis:0 fNbins:3 fXmin:8 fXmax:8 fXbins:62:TArrayD fFirst:3 fLast:3 fBits2:12 fTimeDisplay:18 \
        fTimeFormat:65 fLabels:64:THashList* fModLabs:64:TList*",
    "TH1 8/1c3740c4 TNamed:67 TAttLine:0 TAttFill:0 TAttMarker:0 fNcells:3 fXaxis:61:TAxis fYaxis:61:TAxis fZaxis:61:TAxis \
        fBarOffset:2 fBarWidth:2 fEntries:8 fTsumw:8 fTsumw2:8 fTsumwx:8 fTsumwx2:8 fMaximum:8 fMinimum:8 fNormFactor:8 \
        fContour:62:TArrayD fSumw2:62:TArrayD fOption:65 fFunctions:63:TList* fBufferSize:6 fBuffer:48::fBufferSize \
        fBinStatErrOpt:3:TH1|EBinErrorOpt fStatOverflows:3:TH1|EStatOverflows",
    "TH2 5/0182347f TH1:0 fScalefactor:8 fTsumwy:8 fTsumwy2:8 fTsumwxy:8",
    "TH2D 4/7fba82f0 TH2:0 TArrayD:0",
    "TH2F 4/689cc295 TH2:0 TArrayF:0",
    "TH3 6/42d2445f TH1:0 TAtt3D:0 fTsumwy:8 fTsumwy2:8 fTsumwxy:8 fTsumwz:8 fTsumwz2:8 fTsumwxz:8 fTsumwyz:8",
    "TH3D 4/64b9ff86 TH3:0 TArrayD:0",
    "TH3F 4/4d9c3f2b TH3:0 TArrayF:0",
    "TAtt3D 1/0000757a",
    "TNamed 1/dfb74a3c TObject:66 fName:65 fTitle:65",
    "TObject 1/901bc02d fUniqueID:13 fBits:15",
    "TList 5/69c5c3bb TSeqCollection:0",
    "THashList 0/cc7e49c1 TList:0",
    "TSeqCollection 0/fc6c3bc6 TCollection:0",
    "TCollection 3/57e3cb9c TObject:66 fName:65 fSize:3",
    "TString 2/00017419",
    "TH1C 3 TH1:0 TArrayC:0",
    "TH1S 3 TH1:0 TArrayS:0",
    "TH1I 3 TH1:0 TArrayI:0",
    "TH1F 3/e2939644 TH1:0 TArrayF:0",
    "TH1D 3/f9b1569f TH1:0 TArrayD:0",
];

/// The built-in descriptions.
pub(crate) fn infos() -> Vec<Info> {
    CLASSES.iter().filter_map(|line| info(line)).collect()
}

fn info(line: &str) -> Option<Info> {
    let mut words = line.split_whitespace();
    let class = plain(words.next()?);
    let (version, checksum) = words.next().map(|word| word.split_once('/').unwrap_or((word, "0")))?;
    let elements = words.filter_map(element).collect();
    Some(Info { class, version: version.parse().ok()?, checksum: u32::from_str_radix(checksum, 16).ok()?, elements })
}

fn element(word: &str) -> Option<Element> {
    let mut parts = word.split(':');
    let (name, ty) = (plain(parts.next()?), parts.next()?.parse().ok()?);
    let type_name = plain(parts.next().unwrap_or_default());
    Some(Element { name, ty, type_name, counter: plain(parts.next().unwrap_or_default()), ..Element::default() })
}

fn plain(word: &str) -> String {
    word.replace('|', "::")
}

#[cfg(test)]
mod tests {
    #[test]
    fn every_line_is_read_whole() {
        let infos = super::infos();
        assert_eq!(infos.len(), super::CLASSES.len());
        for (info, line) in infos.iter().zip(super::CLASSES) {
            assert_eq!(info.elements.len() + 2, line.split_whitespace().count(), "{line}");
        }
    }
}
