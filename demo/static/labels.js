// The words on the screens; the second set is what a redesign once made of them.

const LEVELS = { creatives: "소재", adgroups: "광고그룹", campaigns: "캠페인" };

const FIRST = {
  id: " ID", name: " 이름", status: "상태", spend: "소진액", impressions: "노출",
  clicks: "클릭", conversions: "전환", friends: "친구 수", subscribers: "소식받기 수",
};

const SECOND = {
  id: " 번호", name: " 명칭", status: "운영 여부", spend: "비용", impressions: "노출수",
  clicks: "클릭수", conversions: "결과", friends: "친구", subscribers: "알림받기",
};

export const LEVEL_NAMES = LEVELS;

export function columnLabels(level, unit, faults) {
  const words = wordsOf(faults);
  return {
    ...words,
    id: `${LEVELS[level]}${words.id}`,
    name: `${LEVELS[level]}${words.name}`,
    spend: `${words.spend}(${unit})`,
  };
}

export function wordsOf(faults) {
  return faults.renameLabels ? SECOND : FIRST;
}
