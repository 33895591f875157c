// Which lot to look into.
// @ts-check
import { mountWorkList } from "../components/work_list.js";

mountWorkList("supervision", "supervisor");
